"""Prompts in the style that a model wants, and what is read out of its answers."""

from mcp_server.prompting.code_questions import (
    CodeRequest,
    Try,
    fill_question,
    plain_question,
    repair_question,
    small_model_tries,
)
from mcp_server.prompting.fences import extract_code, has_whole_block
from mcp_server.prompting.files import FileStart, file_of_tests, simpler_file
from mcp_server.prompting.generation import Generated, Sampling, generate_text
from mcp_server.prompting.openings import continued, is_whole, own_code
from mcp_server.prompting.prose import Remark, Remarks, remark_on
from mcp_server.prompting.styles import Question, Style, style_of
from mcp_server.prompting.wording import prompt_text

__all__ = [
    "CodeRequest",
    "FileStart",
    "Generated",
    "Question",
    "Remark",
    "Remarks",
    "Sampling",
    "Style",
    "Try",
    "continued",
    "extract_code",
    "file_of_tests",
    "fill_question",
    "generate_text",
    "has_whole_block",
    "is_whole",
    "own_code",
    "plain_question",
    "prompt_text",
    "remark_on",
    "repair_question",
    "simpler_file",
    "small_model_tries",
    "style_of",
]
