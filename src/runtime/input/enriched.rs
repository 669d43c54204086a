//! Enriched events of Snowplow as its pipeline writes them: 131 fields between tabs, without a head line.
//!
//! They are read as the objects that Snowplow's own tools make of them; times are in UTC.

use super::{
    Reading,
    json::{Object, Refusal},
    layout::Layout,
};
use crate::runtime::record::{Reason, Record};
use serde_json::value::{RawValue, to_raw_value};

/// The fields in their order.
const FIELDS: &str = "app_id platform etl_tstamp collector_tstamp dvce_created_tstamp event event_id txn_id name_tracker v_tracker \
     v_collector v_etl user_id user_ipaddress user_fingerprint domain_userid domain_sessionidx network_userid geo_country \
     geo_region geo_city geo_zipcode geo_latitude geo_longitude geo_region_name ip_isp ip_organization ip_domain \
     ip_netspeed page_url page_title page_referrer page_urlscheme page_urlhost page_urlport page_urlpath page_urlquery \
     page_urlfragment refr_urlscheme refr_urlhost refr_urlport refr_urlpath refr_urlquery refr_urlfragment refr_medium \
     refr_source refr_term mkt_medium mkt_source mkt_term mkt_content mkt_campaign contexts se_category se_action \
     se_label se_property se_value unstruct_event tr_orderid tr_affiliation tr_total tr_tax tr_shipping tr_city tr_state \
     tr_country ti_orderid ti_sku ti_name ti_category ti_price ti_quantity pp_xoffset_min pp_xoffset_max pp_yoffset_min \
     pp_yoffset_max useragent br_name br_family br_version br_type br_renderengine br_lang br_features_pdf \
     br_features_flash br_features_java br_features_director br_features_quicktime br_features_realplayer \
     br_features_windowsmedia br_features_gears br_features_silverlight br_cookies br_colordepth br_viewwidth \
     br_viewheight os_name os_family os_manufacturer os_timezone dvce_type dvce_ismobile dvce_screenwidth \
     dvce_screenheight doc_charset doc_width doc_height tr_currency tr_total_base tr_tax_base tr_shipping_base \
     ti_currency ti_price_base base_currency geo_timezone mkt_clickid mkt_network etl_tags dvce_sent_tstamp \
     refr_domain_userid refr_dvce_tstamp derived_contexts domain_sessionid derived_tstamp event_vendor event_name \
     event_format event_version event_fingerprint true_tstamp";

/// The field that tells when the pipeline got an event, and the one that tells which event it is.
const COLLECTED: usize = 3;
const EVENT_ID: usize = 6;

/// The fields that hold numbers and are worth a condition.
const NUMBERS: [&str; 1] = ["se_value"];

/// How many fields an event has.
fn count() -> usize {
    FIELDS.split(' ').count()
}

/// Whether a line is such an event.
pub(super) fn is_event(line: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(line) else { return false };
    let cells: Vec<&str> = text.split('\t').collect();
    let is_time = |cell: &str| cell.len() >= 19 && cell.bytes().take(4).all(|byte| byte.is_ascii_digit());
    let is_id = |cell: &str| cell.len() == 36 && cell.bytes().filter(|byte| *byte == b'-').count() == 4;
    cells.len() == count() && cells.get(COLLECTED).is_some_and(|cell| is_time(cell)) && cells.get(EVENT_ID).is_some_and(|cell| is_id(cell))
}

/// Reads a line.
///
/// # Errors
/// Why it is set aside.
pub(super) fn record(line: &str, reading: &Reading) -> Result<Record, Refusal> {
    let cells: Vec<&str> = line.split('\t').collect();
    if cells.len() != count() {
        return Err((Reason::Malformed, format!("it has {} fields, and an enriched event {}", cells.len(), count())));
    }
    let mut object = Object::new();
    for (name, cell) in FIELDS.split(' ').zip(cells).filter(|(_, cell)| !cell.is_empty()) {
        match name {
            "unstruct_event" => {
                let own = own(cell).ok_or_else(|| (Reason::Malformed, "its `unstruct_event` is no JSON of an event".to_owned()))?;
                object.insert("unstruct_event_".to_owned(), own);
            }
            _ => drop(object.insert(name.to_owned(), value(name, cell)?)),
        }
    }
    Layout::Snowplow.parts(object, reading)?.into_record(&reading.zone)
}

fn value(name: &str, cell: &str) -> Result<Box<RawValue>, Refusal> {
    if NUMBERS.contains(&name)
        && serde_json::from_str::<serde_json::Number>(cell).is_ok()
        && let Ok(value) = RawValue::from_string(cell.to_owned())
    {
        return Ok(value);
    }
    let text = if name.ends_with("_tstamp") && !cell.ends_with('Z') { format!("{}Z", cell.replace(' ', "T")) } else { cell.to_owned() };
    to_raw_value(&text).map_err(|error| (Reason::Malformed, error.to_string()))
}

/// What an event of its own schema says, which stands inside two envelopes.
fn own(cell: &str) -> Option<Box<RawValue>> {
    let outer: Object = serde_json::from_str(cell).ok()?;
    let inner: Object = serde_json::from_str(outer.get("data")?.get()).ok()?;
    inner.get("data").cloned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_has_131_fields() {
        assert_eq!(count(), 131);
        let place = |name: &str| FIELDS.split(' ').position(|field| field == name);
        assert_eq!((place("collector_tstamp"), place("event_id"), place("event_name")), (Some(COLLECTED), Some(EVENT_ID), Some(127 - 1)));
    }
}
