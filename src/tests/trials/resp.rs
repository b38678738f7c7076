//! Takes apart what Redis says to a subscriber, and changes it.

use crate::support::proxy::Tamper;

/// The length of the first whole value in `said` (the Redis serialization protocol, version 3).
fn length(said: &[u8]) -> Option<usize> {
    let line = said.windows(2).position(|end| end == b"\r\n")? + 2;
    let number = || std::str::from_utf8(&said[1..line - 2]).ok()?.parse::<usize>().ok();
    match said[0] {
        b'$' | b'=' | b'!' => {
            let whole = number().map_or(line, |count| line + count + 2);
            (whole <= said.len()).then_some(whole)
        }
        b'*' | b'>' | b'~' => values(said, line, number().unwrap_or(0)),
        b'%' => values(said, line, 2 * number()?),
        _ => Some(line),
    }
}

/// The end of so many values from `at` on.
fn values(said: &[u8], mut at: usize, count: usize) -> Option<usize> {
    for _ in 0..count {
        at += length(&said[at..])?;
    }
    Some(at)
}

/// What becomes of one message in five.
#[derive(Clone, Copy)]
enum Fate {
    Dropped,
    Repeated,
    /// Told after the next one.
    Swapped,
}

/// One in five messages is dropped.
pub fn dropping() -> Tamper {
    tamper(Fate::Dropped)
}

/// One in five messages is told twice.
pub fn repeating() -> Tamper {
    tamper(Fate::Repeated)
}

/// One in five messages is told after the next one.
pub fn swapping() -> Tamper {
    tamper(Fate::Swapped)
}

fn tamper(fate: Fate) -> Tamper {
    let (mut said, mut count, mut kept) = (Vec::new(), 0_u32, Vec::new());
    Box::new(move |portion| {
        said.extend_from_slice(portion);
        let (mut told, mut changed) = (Vec::new(), 0);
        while !said.is_empty()
            && let Some(length) = length(&said)
        {
            let value: Vec<u8> = said.drain(..length).collect();
            let is_news = value.starts_with(b">") && value.windows(7).any(|word| word == b"message");
            count += u32::from(is_news);
            if is_news && count % 5 == 0 {
                changed += 1;
                match fate {
                    Fate::Dropped => {}
                    Fate::Repeated => told.extend([&value[..], &value[..]].concat()),
                    Fate::Swapped => kept = value,
                }
                continue;
            }
            told.extend(value);
            if is_news {
                told.append(&mut kept);
            }
        }
        (told, changed)
    })
}

#[test]
fn values_are_told_apart() {
    let news = b">3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$2\r\nhi\r\n";
    for value in [&b"+OK\r\n"[..], b"$-1\r\n", b":1\r\n", b"%1\r\n+a\r\n*2\r\n:1\r\n:2\r\n", news] {
        assert_eq!(length(&[value, b"+more\r\n"].concat()), Some(value.len()));
        assert_eq!(length(&value[..value.len() - 1]), None);
    }
}

#[test]
fn every_fifth_message_meets_its_fate() {
    let message = |number| format!(">3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$1\r\n{number}\r\n").into_bytes();
    let told = |mut tamper: Tamper| {
        let said: Vec<u8> = (1..=6).flat_map(message).collect();
        let (first, rest) = said.split_at(50);
        let ((first, _), (rest, changed)) = (tamper(first), tamper(rest));
        assert_eq!(changed, 1);
        let told = [first, rest].concat();
        let numbers = told.split(|byte| *byte == b'>').skip(1).map(|value| value[value.len() - 3]);
        String::from_utf8(numbers.collect()).unwrap()
    };
    assert_eq!(told(dropping()), "12346");
    assert_eq!(told(repeating()), "1234556");
    assert_eq!(told(swapping()), "123465");
}
