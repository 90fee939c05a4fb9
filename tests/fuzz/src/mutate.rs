//! Mutations that know words and lines: what bytes alone would take days to find.

/// Declares the mutator of a target: words of the language, or those that are given.
#[macro_export]
macro_rules! mutate_lines {
    ($words:expr) => {
        libfuzzer_sys::fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
            $crate::mutate::mutate($words, data, size, max_size, seed)
        });
    };
    () => {
        $crate::mutate_lines!(&$crate::words::SCENARIO);
    };
}

/// What ends a word: of a text, of a table, of XML.
const ENDS: [char; 4] = [' ', '\n', ';', '>'];

struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides.max(1)
    }
}

/// Changes the first `size` bytes of `data`, which holds `max_size`; the new size.
pub fn mutate(words: &[String], data: &mut [u8], size: usize, max_size: usize, seed: u32) -> usize {
    let mut dice = Dice(u64::from(seed).wrapping_mul(0x9e37_79b9_7f4a_7c15) + 1);
    let text = data.get(..size).and_then(|bytes| std::str::from_utf8(bytes).ok());
    let (Some(text), true) = (text, dice.roll(3) > 0) else {
        return libfuzzer_sys::fuzzer_mutate(data, size, max_size);
    };
    let mut new = text.to_owned();
    for _ in 0..=dice.roll(3) {
        new = if dice.roll(2) == 0 { by_words(&new, words, &mut dice) } else { by_lines(&new, words, &mut dice) };
    }
    let cut = (0..=new.len().min(max_size)).rev().find(|at| new.is_char_boundary(*at)).unwrap_or(0);
    data[..cut].copy_from_slice(&new.as_bytes()[..cut]);
    cut
}

fn by_lines(text: &str, words: &[String], dice: &mut Dice) -> String {
    let mut lines: Vec<&str> = text.split('\n').collect();
    let at = dice.roll(lines.len());
    match dice.roll(5) {
        0 => drop(lines.remove(at)),
        1 => {
            let line = lines[dice.roll(lines.len())];
            lines.insert(at, line);
        }
        2 => {
            let other = dice.roll(lines.len());
            lines.swap(at, other);
        }
        3 => lines.insert(at, &words[dice.roll(words.len())]),
        _ => {
            // A part of the text again, and again.
            let part = lines[at..(at + 1 + dice.roll(8)).min(lines.len())].to_vec();
            (0..=dice.roll(3)).for_each(|_| lines.extend(&part));
        }
    }
    lines.join("\n")
}

fn by_words(text: &str, words: &[String], dice: &mut Dice) -> String {
    // What ends a word stays with it.
    let mut all: Vec<&str> = text.split_inclusive(ENDS).collect();
    if all.is_empty() {
        return words[dice.roll(words.len())].clone();
    }
    let at = dice.roll(all.len());
    let number = dice.roll(1_000).to_string();
    let word = match dice.roll(4) {
        0 => all[dice.roll(all.len())],
        1 => number.as_str(),
        _ => words[dice.roll(words.len())].as_str(),
    };
    match dice.roll(5) {
        0 => drop(all.remove(at)),
        1 | 2 => {
            let end = all[at].len() - all[at].chars().last().filter(|c| ENDS.contains(c)).map_or(0, char::len_utf8);
            let end = &all[at][end..];
            all.splice(at..=at, [word, end]);
        }
        3 => drop(all.splice(at..at, [word, " "])),
        _ => {
            let part = all[at..(at + 1 + dice.roll(12)).min(all.len())].to_vec();
            (0..=dice.roll(20)).for_each(|_| drop(all.splice(at..at, part.iter().copied())));
        }
    }
    all.concat()
}
