//! A base in trouble: read only, full, damaged. Refused with what to do, never a wrong run; and once it is well again, nothing is lost
//! and nothing leaves twice.
