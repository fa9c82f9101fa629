"""Parameters that several tools share."""

from typing import Annotated, Any

from pydantic import Field

SOURCE: dict[str, Any] = {"contentMediaType": "text/x-source"}
"""Marks a parameter or a field that holds source code: what gives it can feed what takes it."""

PythonCode = Annotated[str, Field(description="Python source code.", json_schema_extra=SOURCE)]

SourceCode = Annotated[str, Field(description="Source code.", json_schema_extra=SOURCE)]
