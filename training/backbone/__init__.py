"""The backbone that stations are taught on: EfficientNet-Lite0, from published weights to an int8 file."""
