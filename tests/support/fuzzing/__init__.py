"""Arbitrary input at each interface: public calls, replies of servers, stored data."""
