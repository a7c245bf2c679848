"""Who reads the items at the broker further up, and says for each that it is stored."""

import json
import threading
from collections import Counter
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion


class Hub:
    """Counts the items that came up, by key, and receipts them. Connects again for as long as it is open."""

    def __init__(self, port: int, central_base: str) -> None:
        self._base = central_base
        self._lock = threading.Lock()
        self._came: Counter[str] = Counter()
        self._client = client = paho.Client(CallbackAPIVersion.VERSION2, client_id="soak-hub", protocol=paho.MQTTv5)
        client.on_connect = self._on_connect
        client.on_message = self._on_message
        client.reconnect_delay_set(1, 1)
        client.connect("127.0.0.1", port, keepalive=5)
        client.loop_start()

    def items(self) -> Counter[str]:
        """How often each item came."""
        with self._lock:
            return Counter(self._came)

    def close(self) -> None:
        """Say goodbye."""
        self._client.disconnect()
        self._client.loop_stop()

    def _on_connect(self, client: paho.Client, *_: Any) -> None:
        client.subscribe(f"{self._base}/item", qos=1)

    def _on_message(self, client: paho.Client, _userdata: Any, message: paho.MQTTMessage) -> None:
        item_id = json.loads(message.payload)["item_id"]
        with self._lock:
            self._came[item_id] += 1
        receipt = json.dumps({"ids": [item_id], "instance_id": "soak-hub"})
        client.publish(f"{self._base}/receipt/recorder", receipt, qos=1)
