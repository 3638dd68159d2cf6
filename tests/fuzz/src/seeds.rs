//! Writes the seeds of the fuzzer into a folder: a sound model file, and pieces of it.

#[path = "../../common/tiny_model.rs"]
mod tiny_model;

fn main() -> std::io::Result<()> {
    let folder = std::env::args().nth(1).expect("the folder is named");
    let model = tiny_model::tiny();
    std::fs::create_dir_all(&folder)?;
    std::fs::write(format!("{folder}/whole"), &model)?;
    for part in 1..4 {
        std::fs::write(format!("{folder}/part-{part}"), &model[..model.len() * part / 4])?;
    }
    Ok(())
}
