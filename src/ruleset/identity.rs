//! Identities that are hashes: the meaning of a rule set, the key of a request, the draw of a split.
//!
//! All are SHA-256 (FIPS 180-4) over length-prefixed parts: each part is its length in bytes as four bytes, most
//! significant first, and then the bytes of its UTF-8 text.

use super::{Funnel, RuleSet, Step, StepKind};
use sha2::{Digest, Sha256};
use smallvec::SmallVec;

/// SHA-256 over length-prefixed parts.
#[must_use]
pub fn digest(parts: &[&str]) -> [u8; 32] {
    // In one piece: the hash takes whole blocks faster than parts of them.
    let mut bytes: SmallVec<[u8; 256]> = SmallVec::new();
    for part in parts {
        bytes.extend_from_slice(&u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes());
        bytes.extend_from_slice(part.as_bytes());
    }
    Sha256::digest(&bytes).into()
}

fn hex(bytes: &[u8]) -> String {
    let four = |bits: u8| b"0123456789abcdef"[usize::from(bits)];
    let letters: SmallVec<[u8; 64]> = bytes.iter().flat_map(|byte| [four(byte >> 4), four(byte & 15)]).collect();
    String::from_utf8_lossy(&letters).into_owned()
}

/// The key of a request: the first 128 bits, in hex, of the digest of its parts.
#[must_use]
pub fn request_key(parts: &[&str]) -> String {
    hex(&digest(parts)[..16])
}

/// The arm of a split that a contact's run draws: the index in `shares`, which are in millionths and add up to a
/// million. The first 32 bits of the digest of (funnel, split, contact, run key), scaled to the shares in their order.
#[must_use]
pub fn split_draw(funnel: &str, split: &str, contact: &str, run_key: &str, shares: &[u32]) -> usize {
    let bytes = digest(&[funnel, split, contact, run_key]);
    let draw = u64::from(u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]));
    let mut cumulative = 0_u64;
    for (index, share) in shares.iter().enumerate() {
        cumulative += u64::from(*share);
        if draw * 1_000_000 < cumulative << 32 {
            return index;
        }
    }
    shares.len().saturating_sub(1)
}

/// The hash of what a rule set means: SHA-256, in hex, of its JSON without labels, notes, sentences and promises, which
/// decide nothing at run time.
#[must_use]
pub fn meaning_of(rules: &RuleSet) -> String {
    let mut bare = rules.clone();
    bare.meaning.clear();
    for attribute in &mut bare.attributes {
        attribute.label = None;
    }
    macro_rules! strip {
        ($($list:ident),*) => { $(for item in &mut bare.$list { item.label = None; item.note = None; })* };
    }
    strip!(events, channels, messages, actions, segments, scores, funnels);
    for segment in &mut bare.segments {
        segment.sentence.clear();
    }
    for line in bare.scores.iter_mut().flat_map(|score| &mut score.lines) {
        line.sentence.clear();
    }
    bare.guarantees.clear();
    bare.assumptions.clear();
    for funnel in &mut bare.funnels {
        strip_funnel(funnel);
    }
    let json = serde_json::to_string(&bare).expect("a rule set is plain JSON: all keys are texts");
    hex(&Sha256::digest(json.as_bytes()))
}

fn strip_funnel(funnel: &mut Funnel) {
    funnel.guarantees.clear();
    funnel.assumptions.clear();
    for leave in &mut funnel.leaves {
        leave.sentence.clear();
    }
    for stage in &mut funnel.stages {
        stage.label = None;
        stage.note = None;
        for door in &mut stage.doors {
            door.sentence.clear();
        }
        for leave in &mut stage.leaves {
            leave.sentence.clear();
        }
        for nurture in &mut stage.nurtures {
            nurture.label = None;
            nurture.sentence.clear();
            nurture.steps.iter_mut().for_each(strip_step);
        }
    }
}

fn strip_step(step: &mut Step) {
    step.sentence.clear();
    if let StepKind::WaitArms(wait) = &mut step.kind {
        wait.arms.iter_mut().for_each(|arm| arm.sentence.clear());
    }
    if let StepKind::If { branches, .. } = &mut step.kind {
        branches.iter_mut().for_each(|branch| branch.sentence.clear());
    }
    step.kind.inside_mut().into_iter().flatten().for_each(strip_step);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draw_follows_the_shares() {
        let arm = |contact: &str| split_draw("f", "s", contact, "", &[500_000, 500_000]);
        let first = (0..1000).filter(|n| arm(&format!("c{n}")) == 0).count();
        assert!((450..550).contains(&first), "{first} of 1000 drew the first half");
        assert_eq!(split_draw("f", "s", "ann", "", &[1_000_000]), 0);
        assert_eq!(split_draw("f", "s", "ann", "", &[0, 1_000_000]), 1);
    }
}
