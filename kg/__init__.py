"""Business news in English and Chinese as a knowledge graph that says who claims what."""

__version__ = "0.1.0"
