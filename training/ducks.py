"""Make the model `duck-quality`: draw ducks, teach, export, quantise, measure, write the bundle."""

import argparse
from pathlib import Path
from tempfile import TemporaryDirectory

from training.card import MODEL_TOML, Result, card
from training.data import Lot, make_pictures
from training.export import export_float, quantise, run
from training.fit import fit
from training.measure import measure

TRAIN = Lot(seed=1001, ducks=6000, defect_rate=0.5)
CHECK = Lot(seed=1002, ducks=1000, defect_rate=0.5)
MEASURED = (
    ("held out", Lot(seed=2001, ducks=2000, defect_rate=0.5)),
    ("unseen variation", Lot(seed=3001, ducks=1000, defect_rate=0.5, variation="unseen")),
)
EPOCHS, SEED = 16, 1
CALIBRATION_PICTURES = 256


def main() -> None:
    """Write the bundle into the folder that was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("models/duck-quality"), help="the bundle's folder")
    parser.add_argument("--processes", type=int, default=2, help="how many draw ducks at a time")
    options = parser.parse_args()

    train, check = (make_pictures(lot, options.processes) for lot in (TRAIN, CHECK))
    network = fit(train, check, epochs=EPOCHS, seed=SEED)
    options.out.mkdir(parents=True, exist_ok=True)
    model = options.out / "model.tflite"
    with TemporaryDirectory() as folder:
        float_model = Path(folder) / "float.tflite"
        export_float(network, float_model)
        quantise(float_model, model, train.images[:CALIBRATION_PICTURES])
    results = []
    for title, lot in MEASURED:
        pictures = make_pictures(lot, options.processes)
        results.append(Result(title, lot, measure(run(model, pictures.images), pictures)))
    (options.out / "model.toml").write_text(MODEL_TOML, encoding="utf-8")
    text = card(TRAIN, CHECK, tuple(results), model.stat().st_size, EPOCHS)
    (options.out / "CARD.md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
