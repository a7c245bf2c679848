"""From a model of one's own to a bundle: a PyTorch model or a float `.tflite`, quantised, compared, checked."""
