//! Writes the seeds of every target under `graines/`: the corpora, the shipped pack, the examples of the documentation.

fn main() -> std::io::Result<()> {
    relance_fuzz::seeds::write()
}
