#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| relance_fuzz::imports::check(bytes));
relance_fuzz::mutate_lines!(&relance_fuzz::words::ROWS);
