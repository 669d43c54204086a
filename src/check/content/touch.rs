//! How a channel reaches people, as its name tells.
//!
//! A channel is a name and a policy; what kind of thing it is stands nowhere. Three kinds matter: a phone rings wherever
//! its owner is, an inbox fills wherever they are, and a place (a site, an app, a shop) speaks to those alone who came
//! to it. A name that says nothing counts as an inbox: it is safer to ask for consent once too often.

use crate::model::{Channel, ChannelId, Model};

/// Where a message by a channel arrives.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Touch {
    /// On a phone, which rings.
    Phone,
    /// In an inbox of any kind.
    Inbox,
    /// Where somebody has come by themselves.
    Place,
}

const PHONE: [&str; 19] = [
    "sms",
    "mms",
    "rcs",
    "phone",
    "phones",
    "telephone",
    "telefon",
    "call",
    "calls",
    "calling",
    "voice",
    "whatsapp",
    "viber",
    "telegram",
    "signal",
    "messenger",
    "wechat",
    "push",
    "imessage",
];
const INBOX: [&str; 11] =
    ["email", "emails", "mail", "mails", "mailing", "newsletter", "newsletters", "letter", "letters", "post", "postal"];
const PLACE: [&str; 39] = [
    "web",
    "website",
    "site",
    "page",
    "pages",
    "app",
    "inapp",
    "onsite",
    "online",
    "shop",
    "store",
    "counter",
    "workshop",
    "portal",
    "dashboard",
    "account",
    "product",
    "social",
    "ads",
    "ad",
    "advert",
    "adverts",
    "search",
    "display",
    "person",
    "kiosk",
    "banner",
    "popup",
    "feed",
    "screen",
    "desk",
    "checkout",
    "event",
    "events",
    "game",
    "tv",
    "radio",
    "print",
    "billboard",
];

/// How a channel reaches people: by the words of its name, else by those of its label.
pub fn touch(channel: &Channel) -> Touch {
    let label = channel.name.label.as_deref().unwrap_or("");
    told_by(&channel.name.text).or_else(|| told_by(label)).unwrap_or(Touch::Inbox)
}

/// Whether a message by a channel comes to people wherever they are.
pub fn comes_to_people(model: &Model, channel: ChannelId) -> bool {
    touch(&model.channels[channel]) != Touch::Place
}

fn told_by(text: &str) -> Option<Touch> {
    let words: Vec<String> = text.split(|c: char| !c.is_alphabetic()).map(str::to_lowercase).collect();
    let has = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    // `web_push` rings, `shop_mail` is mail: where it arrives tells more than whose it is.
    if has(&PHONE) {
        Some(Touch::Phone)
    } else if has(&INBOX) {
        Some(Touch::Inbox)
    } else {
        has(&PLACE).then_some(Touch::Place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_where_a_message_arrives() {
        for (name, kind) in [
            ("sms", Touch::Phone),
            ("web_push", Touch::Phone),
            ("Telefon", Touch::Phone),
            ("shop_email", Touch::Inbox),
            ("in_app", Touch::Place),
            ("social", Touch::Place),
        ] {
            assert_eq!(told_by(name), Some(kind), "{name}");
        }
        assert_eq!(told_by("smsx rundbrief"), None);
    }
}
