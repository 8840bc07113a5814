"""Servers, proxies and certificates on loopback that fail in every way a network can."""
