"""The camera agent: exposes on `capture`, says `captured`, encodes and publishes the frame."""
