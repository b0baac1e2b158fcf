"""Each provider's JSON, to and from a conversation, in the provider's own words.

A dialect is a module with the attributes of `Dialect`; the simulator knows no more of it.
"""
