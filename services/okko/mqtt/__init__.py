"""A lean MQTT 5 client for asyncio, for QoS 0 and 1: `session.py` is its only user.

`packets` and `properties` turn values into bytes and back; `receiving`, `outgoing` and `keepalive` hold what a
connection remembers, without a socket; `connection` puts them on a transport of asyncio.
"""
