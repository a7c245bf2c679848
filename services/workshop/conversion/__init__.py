"""From a trained network to a `.tflite` that agents run: written as float, quantised."""
