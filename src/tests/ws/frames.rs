//! RFC 6455 frame by frame, by a peer that breaks its rules; the suite of the WebSocket makers runs by `make audit`.

use std::time::Duration;

use belfry::server::graphql::ws::Limits;
use proptest::{collection::vec, prelude::*, strategy::ValueTree, test_runner::TestRunner};

use super::{
    bench::Bench,
    raw::{BINARY, CLOSE, CONTINUATION, FIN, PING, PONG, Raw, TEXT, close, frame, head},
};

const ASK: &[u8] = br#"{"type":"ping"}"#;
const ANSWER: &[u8] = br#"{"type":"pong"}"#;

/// A server, and a peer with a fresh socket to it.
async fn opened() -> (Bench, Raw) {
    let bench = Bench::start(Limits::default()).await;
    let raw = Raw::upgraded(bench.address).await;
    (bench, raw)
}

/// The code that some bytes are answered with. They are sent as they are, and nothing after them.
async fn code(bytes: &[u8]) -> u16 {
    let (_bench, mut raw) = opened().await;
    raw.send(bytes).await;
    raw.closed().await
}

async fn is_answered(raw: &mut Raw) {
    assert_eq!(raw.hear().await, Some((FIN | TEXT, ANSWER.to_vec())));
}

#[tokio::test]
async fn a_frame_that_breaks_a_rule_closes_with_1002() {
    let unmasked = [&[FIN | TEXT, 15][..], ASK].concat();
    let reserved_bits = [0x40, 0x20, 0x10, 0x70].map(|bits| frame(FIN | TEXT | bits, ASK));
    let reserved_codes = [3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map(|code| frame(FIN | code, b""));
    let fragmented = [CLOSE, PING, PONG].map(|control| frame(control & !FIN, b""));
    let long = [PING, PONG, CLOSE].map(|control| frame(control, &[b'x'; 126]));
    let out_of_turn = [
        frame(FIN | CONTINUATION, ASK),
        frame(CONTINUATION, ASK),
        [frame(TEXT, b"{"), frame(FIN | TEXT, ASK)].concat(),
        [frame(TEXT, b"{"), frame(FIN | BINARY, b"")].concat(),
        [frame(FIN | TEXT, ASK), frame(FIN | CONTINUATION, b"")].concat(),
        // Where a rule is broken among good frames, the good ones before it count.
        [frame(PING, b""), frame(FIN | 3, b"")].concat(),
    ];
    let broken = [vec![unmasked], reserved_bits.into(), reserved_codes.into(), fragmented.into()];
    for bytes in broken.into_iter().flatten().chain(long).chain(out_of_turn) {
        assert_eq!(code(&bytes).await, 1002, "{bytes:x?}");
    }
}

#[tokio::test]
async fn a_message_may_come_in_pieces_with_control_frames_between() {
    let (_bench, mut raw) = opened().await;
    let (start, rest) = ASK.split_at(4);
    raw.send(&[frame(TEXT, start), frame(PING, b"here?"), frame(CONTINUATION, b"")].concat()).await;
    assert_eq!(raw.hear().await, Some((PONG, b"here?".to_vec())));
    raw.send(&[frame(PONG, b"unasked"), frame(FIN | CONTINUATION, rest)].concat()).await;
    is_answered(&mut raw).await;
}

#[tokio::test]
async fn frames_may_come_byte_by_byte_or_many_at_once() {
    let (_bench, mut raw) = opened().await;
    for byte in frame(FIN | TEXT, ASK) {
        raw.send(&[byte]).await;
    }
    is_answered(&mut raw).await;
    raw.send(&frame(FIN | TEXT, ASK).repeat(500)).await;
    for _ in 0..500 {
        is_answered(&mut raw).await;
    }
}

#[tokio::test]
async fn a_ping_of_the_frame_layer_comes_back_as_it_is() {
    let (_bench, mut raw) = opened().await;
    for payload in [&b""[..], &[0xff, 0, 0x80], &[b'x'; 125]] {
        raw.send(&frame(PING, payload)).await;
        assert_eq!(raw.hear().await, Some((PONG, payload.to_vec())));
    }
}

#[tokio::test]
async fn text_that_is_not_utf_8_closes_with_1007_at_the_first_wrong_fragment() {
    let not_text = [
        &[0xff][..],
        &[0xc0, 0xaf],             // overlong
        &[0xed, 0xa0, 0x80],       // a surrogate
        &[0xf4, 0x90, 0x80, 0x80], // beyond U+10FFFF
        &[0xe2, 0x82],             // cut off
        &[0x80],                   // a continuation alone
    ];
    for text in not_text {
        assert_eq!(code(&frame(FIN | TEXT, text)).await, 1007, "{text:x?}");
        let pieces: Vec<u8> = text.iter().flat_map(|byte| frame(CONTINUATION, &[*byte])).collect();
        let pieces = [frame(TEXT, b"{"), pieces, frame(FIN | CONTINUATION, b"}")].concat();
        assert_eq!(code(&pieces).await, 1007, "{text:x?}");
    }
    // The message goes on, and is refused all the same.
    assert_eq!(code(&frame(TEXT, &[b'{', 0xff])).await, 1007);
}

#[tokio::test]
async fn a_letter_may_be_cut_in_two_by_fragments() {
    let (_bench, mut raw) = opened().await;
    let ask = r#"{"type":"ping","payload":{"bell":"🔔"}}"#.as_bytes();
    let cut = ask.len() - 5;
    raw.send(&[frame(TEXT, &ask[..cut]), frame(FIN | CONTINUATION, &ask[cut..])].concat()).await;
    let (first, answer) = raw.hear().await.unwrap();
    assert_eq!((first, String::from_utf8(answer).unwrap().contains('🔔')), (FIN | TEXT, true));
}

#[tokio::test]
async fn a_close_is_answered_with_its_code_and_nothing_after_it_is_heard() {
    for sent in [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999] {
        let (_bench, mut raw) = opened().await;
        raw.send(&[close(sent, b"bye"), frame(FIN | TEXT, ASK), frame(PING, b"")].concat()).await;
        let code = sent.to_be_bytes();
        assert_eq!(raw.hear().await, Some((CLOSE, [&code[..], b"bye"].concat())), "{sent}");
        assert_eq!(raw.hear().await, None, "{sent}");
    }
    let (_bench, mut raw) = opened().await;
    raw.send(&frame(CLOSE, b"")).await;
    assert_eq!(raw.closed().await, 1005);
}

#[tokio::test]
async fn a_close_that_is_none_closes_with_an_error() {
    for code_sent in [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, u16::MAX] {
        assert_eq!(code(&close(code_sent, b"")).await, 1002, "{code_sent}");
    }
    assert_eq!(code(&frame(CLOSE, &[3])).await, 1002);
    assert_eq!(code(&close(1000, &[0xff])).await, 1007);
}

#[tokio::test]
async fn what_is_claimed_too_long_is_refused_before_it_comes() {
    let most = Limits::default().message_bytes as u64;
    for length in [most + 1, 1 << 32, (1 << 63) - 1, u64::MAX] {
        assert_eq!(code(&head(FIN | TEXT, length)).await, 1009, "{length}");
        assert_eq!(code(&head(BINARY, length)).await, 1009, "{length}");
    }
}

#[tokio::test]
async fn fragments_of_nothing_cost_nothing_and_end_in_a_message() {
    let (_bench, mut raw) = opened().await;
    raw.send(&frame(TEXT, ASK)).await;
    for _ in 0..200 {
        raw.send(&frame(CONTINUATION, b"").repeat(100)).await;
    }
    raw.send(&frame(FIN | CONTINUATION, b"")).await;
    is_answered(&mut raw).await;
}

#[tokio::test]
async fn a_request_that_is_no_upgrade_gets_none() {
    let bench = Bench::start(Limits::default()).await;
    let whole = [
        "Upgrade: websocket\r\n",
        "Connection: Upgrade\r\n",
        "Sec-WebSocket-Version: 13\r\n",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
    ];
    for missing in 0..whole.len() {
        let headers: String = (0..4).filter(|at| *at != missing).map(|at| whole[at]).collect();
        let (_, head) = Raw::asking(bench.address, "GET /graphql/ws HTTP/1.1", &headers).await;
        assert!(head.starts_with("HTTP/1.1 4"), "without {}: {head}", whole[missing]);
    }
    for version in ["12", "0", "x"] {
        let headers = whole.concat().replace(": 13", &format!(": {version}"));
        let (_, head) = Raw::asking(bench.address, "GET /graphql/ws HTTP/1.1", &headers).await;
        assert!(head.starts_with("HTTP/1.1 4"), "{version}: {head}");
    }
    let (_, head) = Raw::asking(bench.address, "POST /graphql/ws HTTP/1.1", &whole.concat()).await;
    assert!(head.starts_with("HTTP/1.1 4"), "{head}");
}

/// Bytes that are frames, nearly frames, or anything.
fn stream() -> impl Strategy<Value = Vec<u8>> {
    let any_frame =
        (any::<u8>(), vec(any::<u8>(), 0..20)).prop_map(|(first, payload)| frame(first, &payload));
    let text = vec(any::<u8>(), 0..20).prop_map(|payload| frame(FIN | TEXT, &payload));
    let piece = prop_oneof![any_frame, text, Just(frame(FIN | TEXT, ASK)), vec(any::<u8>(), 0..20)];
    vec(piece, 1..8).prop_map(|pieces| pieces.concat())
}

#[tokio::test]
async fn whatever_bytes_come_the_socket_ends_and_the_next_is_served() {
    // Nobody here answers a close.
    let limits = Limits { close: Duration::from_millis(5), ..Limits::default() };
    let bench = Bench::start(limits).await;
    let (stream, mut runner) = (stream(), TestRunner::default());
    for _ in 0..300 {
        let bytes = stream.new_tree(&mut runner).unwrap().current();
        let mut raw = Raw::upgraded(bench.address).await;
        // It may have ended before all of it was sent.
        let _ = raw.try_send(&[&bytes[..], &close(1000, b"")].concat()).await;
        let _ = raw.finish().await;
        while raw.hear().await.is_some() {}
    }
    let mut raw = Raw::upgraded(bench.address).await;
    raw.send(&frame(FIN | TEXT, ASK)).await;
    is_answered(&mut raw).await;
}
