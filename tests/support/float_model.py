"""A float `.tflite` of a few hundred bytes, written by hand: tells red pictures from green ones, without PyTorch."""

from pathlib import Path

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema
from numpy.typing import NDArray

SIDE_PX = 16
_CHANNELS = 4
_SHARPNESS = 0.04


def write_float_model(path: Path, *, with_signature: bool = True) -> Path:
    """Convolution, mean over the picture, a dense layer, softmax: [1, 16, 16, 3] of 0..255 to [1, 2], RED and GREEN."""
    weights = np.zeros((_CHANNELS, 3, 3, 3), np.float32)
    for channel in range(_CHANNELS):
        weights[channel, :, :, channel % 3] = 1 / 9  # each channel is one colour, blurred
    dense = np.zeros((2, _CHANNELS), np.float32)
    dense[0, 0], dense[1, 1] = _SHARPNESS, _SHARPNESS
    model = _Builder()
    picture = model.tensor("picture", (1, SIDE_PX, SIDE_PX, 3))
    blurred = model.tensor("blurred", (1, SIDE_PX, SIDE_PX, _CHANNELS))
    mean = model.tensor("mean", (1, _CHANNELS))
    logits = model.tensor("logits", (1, 2))
    scores = model.tensor("scores", (1, 2))
    axes = model.constant("axes", np.array([1, 2], np.int32))
    convolution = schema.Conv2DOptionsT()
    convolution.strideH = convolution.strideW = 1
    convolution.fusedActivationFunction = schema.ActivationFunctionType.RELU
    softmax = schema.SoftmaxOptionsT()
    softmax.beta = 1.0
    filters, bias = model.constant("filters", weights), model.constant("bias", np.zeros(_CHANNELS, np.float32))
    model.op(schema.BuiltinOperator.CONV_2D, (picture, filters, bias), blurred, convolution)
    model.op(schema.BuiltinOperator.MEAN, (blurred, axes), mean, schema.ReducerOptionsT())
    rows, offset = model.constant("dense", dense), model.constant("offset", np.zeros(2, np.float32))
    model.op(schema.BuiltinOperator.FULLY_CONNECTED, (mean, rows, offset), logits, schema.FullyConnectedOptionsT())
    model.op(schema.BuiltinOperator.SOFTMAX, (logits,), scores, softmax)
    path.write_bytes(model.finish(picture, scores, with_signature=with_signature))
    return path


class _Builder:
    """Gathers tensors and operators; numbers stand for tensors."""

    def __init__(self) -> None:
        self._graph = schema.SubGraphT()
        self._graph.tensors, self._graph.operators = [], []
        self._model = schema.ModelT()
        self._model.version, self._model.description = 3, "by hand"
        self._model.operatorCodes, self._model.buffers = [], [schema.BufferT()]

    def tensor(self, name: str, shape: tuple[int, ...]) -> int:
        return self._add(name, shape, schema.TensorType.FLOAT32, 0)

    def constant(self, name: str, values: NDArray[np.float32] | NDArray[np.int32]) -> int:
        buffer = schema.BufferT()
        buffer.data = np.frombuffer(values.tobytes(), np.uint8)
        self._model.buffers.append(buffer)
        kind = schema.TensorType.INT32 if values.dtype == np.int32 else schema.TensorType.FLOAT32
        return self._add(name, values.shape, kind, len(self._model.buffers) - 1)

    def op(self, code: int, inputs: tuple[int, ...], output: int, options: object) -> None:
        named = schema.OperatorCodeT()
        named.builtinCode = named.deprecatedBuiltinCode = code
        named.version = 1
        operator = schema.OperatorT()
        operator.opcodeIndex = len(self._model.operatorCodes)
        operator.inputs, operator.outputs = list(inputs), [output]
        operator.builtinOptions = options
        operator.builtinOptionsType = getattr(schema.BuiltinOptions, type(options).__name__.removesuffix("T"))
        self._model.operatorCodes.append(named)
        self._graph.operators.append(operator)

    def finish(self, entry: int, result: int, *, with_signature: bool) -> bytes:
        self._graph.inputs, self._graph.outputs = [entry], [result]
        self._model.subgraphs = [self._graph]
        if with_signature:
            signature = schema.SignatureDefT()
            signature.signatureKey, signature.subgraphIndex = "serving_default", 0
            signature.inputs, signature.outputs = [self._named("picture", entry)], [self._named("scores", result)]
            self._model.signatureDefs = [signature]
        builder = flatbuffers.Builder(1024)
        builder.Finish(self._model.Pack(builder), b"TFL3")
        return bytes(builder.Output())

    def _named(self, name: str, tensor: int) -> schema.TensorMapT:
        named = schema.TensorMapT()
        named.name, named.tensorIndex = name, tensor
        return named

    def _add(self, name: str, shape: tuple[int, ...], kind: int, buffer: int) -> int:
        tensor = schema.TensorT()
        tensor.name, tensor.shape, tensor.type, tensor.buffer = name, list(shape), kind, buffer
        self._graph.tensors.append(tensor)
        return len(self._graph.tensors) - 1
