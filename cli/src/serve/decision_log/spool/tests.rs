//! Tests of the buffer on the disk.

use super::*;

fn entries(texts: &[String]) -> Vec<Entry> {
    (0..).zip(texts).map(|(number, text)| Entry { number, text: text.as_str().into() }).collect()
}

fn numbered(range: std::ops::Range<u32>) -> Vec<String> {
    range.map(|number| format!("{{\"event\":{number}}}")).collect()
}

/// Sends everything in small steps.
fn drain(spool: &Spool, bytes: u64) -> Vec<String> {
    let mut all = Vec::new();
    loop {
        let entries = spool.peek(bytes).unwrap();
        let Some(last) = entries.last() else { return all };
        all.extend(entries.iter().map(|entry| entry.text.to_string()));
        spool.advance(last.number).unwrap();
    }
}

#[test]
fn events_come_out_as_they_went_in_and_leave_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let (spool, found) = Spool::open(folder.path(), 1 << 30).unwrap();
    assert_eq!(found, Found { waiting: 0, damaged_bytes: 0 });
    let texts = numbered(0..1000);
    for part in entries(&texts).chunks(300) {
        assert_eq!(spool.append(part).unwrap(), 0);
    }
    assert_eq!(spool.size().0, 1000);
    assert_eq!(drain(&spool, 100), texts);
    assert_eq!(spool.size(), (0, 0));
}

#[test]
fn what_was_not_sent_is_there_after_a_restart_and_what_was_sent_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let texts = numbered(0..10);
    {
        let (spool, _) = Spool::open(folder.path(), 1 << 30).unwrap();
        spool.append(&entries(&texts)).unwrap();
        let first = spool.peek(1).unwrap();
        assert_eq!(first.len(), 1);
        spool.advance(first[0].number).unwrap();
        // Looked at, but not sent.
        assert_eq!(*spool.peek(1).unwrap()[0].text, texts[1]);
        assert!(Spool::open(folder.path(), 1).unwrap_err().contains("can't be locked"));
    }
    let (spool, found) = Spool::open(folder.path(), 1 << 30).unwrap();
    assert_eq!(found, Found { waiting: 9, damaged_bytes: 0 });
    spool.append(&entries(&numbered(10..12))).unwrap();
    assert_eq!(drain(&spool, 1 << 20), numbered(1..12));
}

#[test]
fn a_frame_that_is_cut_or_damaged_ends_its_segment_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let texts = numbered(0..3);
    let whole = {
        let (spool, _) = Spool::open(folder.path(), 1 << 30).unwrap();
        spool.append(&entries(&texts)).unwrap();
        fs_err::read(folder.path().join("00000000000000000000.events")).unwrap()
    };
    let path = folder.path().join("00000000000000000000.events");
    let frame = whole.len() / 3;
    for length in 0..whole.len() {
        fs_err::write(&path, &whole[..length]).unwrap();
        let (spool, found) = Spool::open(folder.path(), 1 << 30).unwrap();
        assert_eq!(found.waiting, (length / frame) as u64, "{length}");
        assert_eq!(found.damaged_bytes, (length % frame) as u64, "{length}");
        let mut expected = texts[..length / frame].to_vec();
        spool.append(&entries(&numbered(7..8))).unwrap();
        expected.extend(numbered(7..8));
        assert_eq!(drain(&spool, 1 << 20), expected);
        drop(spool);
        for entry in fs_err::read_dir(folder.path()).unwrap() {
            fs_err::remove_file(entry.unwrap().path()).unwrap();
        }
    }
    let mut damaged = whole;
    let last = damaged.len() - 2;
    damaged[last] ^= 1;
    fs_err::write(&path, &damaged).unwrap();
    let (spool, found) = Spool::open(folder.path(), 1 << 30).unwrap();
    assert_eq!(found.waiting, 2);
    assert_eq!(drain(&spool, 1 << 20), texts[..2]);
}

#[test]
fn when_there_is_no_room_the_oldest_events_go_and_are_counted() {
    let folder = tempfile::tempdir().unwrap();
    let room = 3 * MOST_IN_SEGMENT;
    let (spool, _) = Spool::open(folder.path(), room).unwrap();
    let texts: Vec<String> = (0..600).map(|number| format!("{number:010000}")).collect();
    let dropped: u64 = entries(&texts).chunks(50).map(|part| spool.append(part).unwrap()).sum();
    assert!(dropped > 200, "{dropped}");
    let left = drain(&spool, 1 << 20);
    assert_eq!(left, texts[usize::try_from(dropped).unwrap()..]);
    let bytes: u64 =
        fs_err::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().metadata().unwrap().len()).sum();
    assert!(bytes <= room, "{bytes}");
}
