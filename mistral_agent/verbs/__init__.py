"""One module a verb of the command line; each has `async def run(arguments) -> int`."""
