"""The argument `model` of the tools that use one, and how it is listed."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import Field

DEFAULT_MODEL = "default"
"""The name of the model that the section `model` of the settings describes."""

ModelName = Annotated[
    str,
    Field(description="Which of the server's models answers; model_info describes them."),
]


def listed_model(properties: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """The properties of a tool's arguments with its models by name, or without that argument.

    Where there is one model only, nobody has to choose: the argument is understood, not listed.
    """
    if "model" not in properties:
        return dict(properties)
    others = {name: value for name, value in properties.items() if name != "model"}
    if not names:
        return others
    return {**others, "model": {**properties["model"], "enum": [DEFAULT_MODEL, *names]}}
