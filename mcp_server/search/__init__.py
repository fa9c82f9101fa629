"""Search for calls that show what code does; it runs inside the sandbox, beside the code.

The package stands alone: it is copied into the sandbox, where neither the rest of this program nor
its libraries are, so it imports the standard library and itself (by relative imports) only.

Sources: kill-driven search goes back to Fraser and Zeller, "Mutation-driven generation of unit
tests and oracles" (ISSTA 2010); sequences of calls with feedback to Pacheco et al., "Feedback-
directed random test generation" (ICSE 2007).
"""
