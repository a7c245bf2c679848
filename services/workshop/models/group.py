"""`okko model`: what is done with models beside the line."""

import click

from okko.lazy_group import LazyGroup

_COMMANDS = {
    "import": "workshop.models.import_:import_",
    "inspect": "workshop.models.inspect:inspect",
    "try": "workshop.models.trial:try_",
    "compare": "workshop.models.compare:compare_models",
    "list": "workshop.models.swap:list_models",
    "rollback": "workshop.models.swap:rollback",
    "set": "workshop.models.swap:set_model",
    "shadow": "workshop.models.swap:shadow",
}


@click.group(cls=LazyGroup, table=_COMMANDS, short_help="Look at models, try them, change them.")
def model() -> None:
    """What is done with models beside the line: FILE is a .tflite, BUNDLE a folder with a model.toml.

    \b
    Examples:
      okko model inspect model.tflite
      okko model try models/duck-quality ducks/ --out seen
      okko model import metadata.json --model model.tflite --to models/caps
      okko model set stations/ducks left models/duck-quality-2
    """
