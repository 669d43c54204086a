-- Neovim as people use it: it attaches to the language server, shows a finding, applies its fix, renames a stage over
-- files, formats, and completes.
-- Usage: FUNNELC=… FOLDER=… nvim --headless --clean -c "luafile neovim.lua". FOLDER holds `shop.funnel`, with a mistake to be
-- fixed, and `more.funnel`, which names a stage of it.
local funnelc, folder = os.getenv("FUNNELC"), os.getenv("FOLDER")

local function fail(message)
  io.stderr:write(tostring(message) .. "\n")
  vim.cmd("cquit 1")
end

local function text()
  return table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), "\n")
end

local function wait(what, holds)
  if not vim.wait(30000, holds, 20) then
    local found = vim.inspect(vim.diagnostic.get(0))
    error("never came: " .. what .. "\n" .. found .. "\n" .. text())
  end
end

-- Where some letters begin: the cursor goes there.
local function go(letters, shift)
  for number, line in ipairs(vim.api.nvim_buf_get_lines(0, 0, -1, false)) do
    local at = line:find(letters, 1, true)
    if at then
      vim.api.nvim_win_set_cursor(0, { number, at - 1 + shift })
      return
    end
  end
  error("not in the text: " .. letters)
end

local function grave()
  return vim.tbl_filter(function(it)
    return it.severity <= vim.diagnostic.severity.WARN
  end, vim.diagnostic.get(0))
end

local function main()
  vim.cmd("edit " .. folder .. "/shop.funnel")
  local start = vim.lsp.start_client or vim.lsp.start
  local client = start({ name = "funnelc", cmd = { funnelc, "lsp" }, root_dir = folder, workspace_folders = nil })
  if vim.lsp.start_client then
    vim.lsp.buf_attach_client(0, client)
  end

  wait("a finding", function()
    return #grave() == 1
  end)
  local found = grave()[1]
  assert(found.code == "F101", vim.inspect(found))
  assert(found.message:find("no stage `laed`", 1, true), found.message)

  -- The fix, as with `vim.lsp.buf.code_action` and the first choice.
  vim.ui.select = function(items, _, choose)
    choose(items[1], 1)
  end
  go("laed", 1)
  vim.lsp.buf.code_action()
  wait("the fix", function()
    return text():find("from lead, quiet", 1, true) ~= nil
  end)
  wait("no finding", function()
    return #grave() == 0
  end)

  -- The rename, in this file and in the other.
  go("stage customer", 7)
  vim.lsp.buf.rename("kundin")
  wait("the rename", function()
    return text():find("stage kundin \"Größte Kundin\"", 1, true) ~= nil
  end)
  assert(text():find("expect in kundin", 1, true) and not text():find("stage customer", 1, true), text())
  local other = vim.fn.bufnr(folder .. "/more.funnel")
  assert(other > 0, "the other file is open")
  local more = table.concat(vim.api.nvim_buf_get_lines(other, 0, -1, false), "\n")
  assert(more:find("expect in kundin", 1, true), more)
  wait("no finding", function()
    return #grave() == 0
  end)

  -- The layout.
  go("nurture thanks", 0)
  vim.api.nvim_set_current_line("        nurture   thanks {")
  if vim.lsp.buf.format then
    vim.lsp.buf.format()
  else
    vim.lsp.buf.formatting_sync(nil, 10000)
  end
  assert(text():find("\n    nurture thanks {", 1, true), text())

  -- Completion, as `<C-x><C-o>` asks for it.
  go("enter from lead after", #"enter from ")
  local answers = vim.lsp.buf_request_sync(0, "textDocument/completion", vim.lsp.util.make_position_params(0, "utf-16"), 10000)
  local labels = {}
  for _, answer in pairs(answers) do
    for _, item in ipairs(answer.result.items) do
      labels[item.label] = true
    end
  end
  assert(labels.kundin and labels.lead and labels.quiet, vim.inspect(labels))
end

local well, message = pcall(main)
if not well then
  fail(message)
else
  io.stdout:write("all well\n")
  vim.cmd("qall!")
end
