"""The first lines of a model card: what is known of the conversion, and what its maker has to add."""

from inference_agent.bundle import Bundle

_QUANTISED = {
    "none": "float32 throughout",
    "dynamic": "weights in int8, activations in float32",
    "int8": "weights, activations, input and output in int8",
}


def card(bundle: Bundle, source: str, quantise: str, comparison: str) -> str:
    """`CARD.md` in Markdown."""
    return f"""\
# {bundle.name} {bundle.version}

Converted from `{source}`: {_QUANTISED[quantise]}. Labels: {", ".join(f"`{label}`" for label in bundle.labels)}.

## To be written

- What it tells apart, on which parts, for which cameras and light.
- The pictures that taught it: how many of each label, from when, and what was never among them.
- How good it is: bad parts called good and good ones called bad, counted on pictures that had no part in any choice,
  run on this very file.
- What it must not be used for.

## The conversion

{comparison}
"""
