"""Platforms of providers, through their APIs: one engine, one file a provider."""
