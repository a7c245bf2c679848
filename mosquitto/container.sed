# What the broker's container changes in mosquitto.conf, as `sed` reads it. All other lines stand as they are.

# Listen on every address of the container, not on its loopback alone: the agents are other containers. Who else can come
# is said by compose.yaml, which publishes the port on 127.0.0.1 of the machine.
s|^listener .*|listener 1883|

# The volume of the container, not Debian's folder.
s|^persistence_location .*|persistence_location /mosquitto/data/|
