// The diagram beside the text: what is asked for, and the page that shows it. Nothing here knows VS Code.
"use strict";

/** How long the text rests before the diagram is drawn again, in milliseconds. */
const PAUSE_MS = 120;

/** A page with a picture. It runs one script of ours, by its nonce, and loads nothing. */
function page(svg, remark, nonce) {
  const policy = `default-src 'none'; style-src 'unsafe-inline'; script-src 'nonce-${nonce}'`;
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<style>
body { margin: 0; padding: 8px; font-family: var(--vscode-font-family, sans-serif); color: var(--vscode-foreground); }
main { overflow: auto; }
main svg { max-width: 100%; height: auto; }
main.whole svg { max-width: none; }
p { margin: 0 0 8px; opacity: 0.8; }
</style>
</head>
<body>
${remark ? `<p role="status">${escaped(remark)}</p>` : ""}
<main title="Click to see it in its own size">${svg || ""}</main>
<script nonce="${nonce}">
const main = document.querySelector("main");
main.addEventListener("click", () => main.classList.toggle("whole"));
</script>
</body>
</html>`;
}

function escaped(text) {
  return text.replace(/[&<>"]/g, (letter) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[letter]);
}

/**
 * Keeps a diagram up to date. `ask` gives the answer of the server for what is shown, `show` takes a page. A picture stays while
 * the text has none, with a word about it.
 */
class Preview {
  constructor(ask, show, pause = PAUSE_MS) {
    this.ask = ask;
    this.show = show;
    this.pause = pause;
    this.svg = "";
    this.round = 0;
    this.timer = undefined;
    this.target = undefined;
  }

  /** Shows a funnel, a stage of it alone, or what stands at a place. */
  async turnTo(target) {
    this.target = target;
    await this.draw();
  }

  /** The text has changed: the diagram follows when it rests. */
  textChanged() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.draw(), this.pause);
  }

  async draw() {
    if (!this.target) return;
    this.round += 1;
    const round = this.round;
    const nonce = `${Date.now().toString(36)}${round}`;
    let answer;
    try {
      answer = await this.ask(this.target);
    } catch (error) {
      if (round === this.round) this.show(page(this.svg, String((error && error.message) || error), nonce));
      return;
    }
    // A newer question is on its way.
    if (round !== this.round) return;
    if (answer && answer.svg) this.svg = answer.svg;
    const remark = !answer || !answer.svg ? "There is no such funnel in this file now; this is the last one there was." : "";
    this.show(page(this.svg, this.svg ? remark : "There is no funnel in this file yet.", nonce));
  }

  dispose() {
    clearTimeout(this.timer);
    this.target = undefined;
    this.round += 1;
  }
}

module.exports = { Preview, page };
