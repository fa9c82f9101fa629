"""Any causal language model of the transformers library, in this process, batched continuously."""
