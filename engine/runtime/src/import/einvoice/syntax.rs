//! The values that PDF files are written in, as far as their attachments need them.

use std::collections::BTreeMap;

/// The deepest nesting of values.
const MAX_DEPTH: usize = 40;
/// The most values inside of one.
const MAX_VALUES: usize = 200_000;

/// A value.
#[derive(Clone, Debug)]
pub(super) enum Value {
    Number(u64),
    Name(Vec<u8>),
    Text(Vec<u8>),
    Array(Vec<Value>),
    Dict(BTreeMap<Vec<u8>, Value>),
    /// The object of this number.
    Reference(u64),
    /// Whatever leads to no file: booleans, fractions, nothing.
    Other,
}

impl Value {
    pub fn is_name(&self, name: &[u8]) -> bool {
        matches!(self, Value::Name(found) if found == name)
    }

    pub fn number(&self) -> Option<u64> {
        match self {
            Value::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// What a dictionary has under a key.
    pub fn get(&self, key: &[u8]) -> Option<&Value> {
        match self {
            Value::Dict(dict) => dict.get(key),
            _ => None,
        }
    }
}

/// Reads values, one after another.
pub(super) struct Parser<'a> {
    data: &'a [u8],
    at: usize,
    depth: usize,
    left: usize,
}

fn regular(byte: u8) -> bool {
    !byte.is_ascii_whitespace() && byte != 0 && !b"()<>[]{}/%".contains(&byte)
}

impl<'a> Parser<'a> {
    pub fn new(data: &'a [u8], at: usize) -> Self {
        Parser { data, at, depth: 0, left: MAX_VALUES }
    }

    /// Where the next byte stands.
    pub fn at(&self) -> usize {
        self.at
    }

    fn peek(&self) -> Option<u8> {
        self.data.get(self.at).copied()
    }

    fn starts_with(&self, what: &[u8]) -> bool {
        self.data.get(self.at..).is_some_and(|rest| rest.starts_with(what))
    }

    /// Goes past blanks and comments.
    pub fn blanks(&mut self) {
        while let Some(byte) = self.peek() {
            if byte == b'%' {
                while self.peek().is_some_and(|b| b != b'\n' && b != b'\r') {
                    self.at += 1;
                }
            } else if byte.is_ascii_whitespace() || byte == 0 {
                self.at += 1;
            } else {
                return;
            }
        }
    }

    /// A whole number.
    pub fn digits(&mut self) -> Option<u64> {
        self.blanks();
        let from = self.at;
        while self.peek().is_some_and(|b| b.is_ascii_digit()) {
            self.at += 1;
        }
        std::str::from_utf8(self.data.get(from..self.at)?).ok()?.parse().ok()
    }

    /// The next value; nothing where there is none, or where it goes too deep.
    pub fn value(&mut self) -> Option<Value> {
        self.left = self.left.checked_sub(1)?;
        self.blanks();
        match self.peek()? {
            b'/' => self.name().map(Value::Name),
            b'(' => self.text().map(Value::Text),
            b'<' if self.starts_with(b"<<") => self.nested(Self::dict),
            b'<' => self.hexadecimal().map(Value::Text),
            b'[' => self.nested(Self::array),
            b'0'..=b'9' => self.number(),
            byte if regular(byte) => {
                let from = self.at;
                while self.peek().is_some_and(regular) {
                    self.at += 1;
                }
                let word = self.data.get(from..self.at)?;
                (!matches!(word, b"endobj" | b"stream" | b"endstream" | b"obj")).then_some(Value::Other)
            }
            _ => None,
        }
    }

    fn nested(&mut self, read: fn(&mut Self) -> Option<Value>) -> Option<Value> {
        if self.depth >= MAX_DEPTH {
            return None;
        }
        self.depth += 1;
        let value = read(self);
        self.depth -= 1;
        value
    }

    /// `12`, `1.5`, or `12 0 R`.
    fn number(&mut self) -> Option<Value> {
        let number = self.digits()?;
        if self.peek() == Some(b'.') {
            while self.peek().is_some_and(regular) {
                self.at += 1;
            }
            return Some(Value::Other);
        }
        let after = self.at;
        if self.digits().is_some() {
            self.blanks();
            let ends = self.data.get(self.at + 1).is_none_or(|byte| !regular(*byte));
            if self.peek() == Some(b'R') && ends {
                self.at += 1;
                return Some(Value::Reference(number));
            }
        }
        self.at = after;
        Some(Value::Number(number))
    }

    fn name(&mut self) -> Option<Vec<u8>> {
        self.at += 1;
        let mut name = Vec::new();
        while let Some(byte) = self.peek().filter(|b| regular(*b)) {
            self.at += 1;
            let code = self.data.get(self.at..self.at + 2).and_then(|two| std::str::from_utf8(two).ok());
            match code.and_then(|two| u8::from_str_radix(two, 16).ok()).filter(|_| byte == b'#') {
                Some(meant) => {
                    name.push(meant);
                    self.at += 2;
                }
                None => name.push(byte),
            }
        }
        Some(name)
    }

    fn text(&mut self) -> Option<Vec<u8>> {
        self.at += 1;
        let (mut text, mut open) = (Vec::new(), 1usize);
        loop {
            let byte = self.peek()?;
            self.at += 1;
            match byte {
                b'(' => open += 1,
                b')' => {
                    open -= 1;
                    if open == 0 {
                        return Some(text);
                    }
                }
                b'\\' => {
                    let next = self.peek()?;
                    self.at += 1;
                    match next {
                        b'n' => text.push(b'\n'),
                        b'r' => text.push(b'\r'),
                        b't' => text.push(b'\t'),
                        b'b' => text.push(8),
                        b'f' => text.push(12),
                        b'\n' => {}
                        b'\r' => {
                            if self.peek() == Some(b'\n') {
                                self.at += 1;
                            }
                        }
                        b'0'..=b'7' => {
                            let mut code = u32::from(next - b'0');
                            for _ in 0..2 {
                                let Some(digit) = self.peek().filter(|b| (b'0'..=b'7').contains(b)) else { break };
                                code = code * 8 + u32::from(digit - b'0');
                                self.at += 1;
                            }
                            text.push(u8::try_from(code & 0xff).unwrap_or_default());
                        }
                        other => text.push(other),
                    }
                    continue;
                }
                _ => {}
            }
            text.push(byte);
        }
    }

    fn hexadecimal(&mut self) -> Option<Vec<u8>> {
        self.at += 1;
        let mut digits = Vec::new();
        loop {
            let byte = self.peek()?;
            self.at += 1;
            match char::from(byte).to_digit(16) {
                Some(digit) => digits.push(u8::try_from(digit).unwrap_or_default()),
                None if byte == b'>' => break,
                None if byte.is_ascii_whitespace() => {}
                None => return None,
            }
        }
        let pair = |two: &[u8]| two.first().copied().unwrap_or(0) * 16 + two.get(1).copied().unwrap_or(0);
        Some(digits.chunks(2).map(pair).collect())
    }

    fn array(&mut self) -> Option<Value> {
        self.at += 1;
        let mut values = Vec::new();
        loop {
            self.blanks();
            if self.peek()? == b']' {
                self.at += 1;
                return Some(Value::Array(values));
            }
            values.push(self.value()?);
        }
    }

    fn dict(&mut self) -> Option<Value> {
        self.at += 2;
        let mut dict = BTreeMap::new();
        loop {
            self.blanks();
            if self.starts_with(b">>") {
                self.at += 2;
                return Some(Value::Dict(dict));
            }
            if self.peek()? != b'/' {
                return None;
            }
            let key = self.name()?;
            let value = self.value()?;
            dict.insert(key, value);
        }
    }
}
