"""A double of vLLM: the parts that the backend uses, with the signatures of vLLM 0.33.

`test_vllm.py` compares the signatures with those of an installed vLLM, if there is one.
"""
