#!/bin/sh
# One Apache Kafka node (KRaft) on 127.0.0.1, for tests and development.
#   kafka.sh start|stop|status [--port P] [--data DIR] [--properties FILE]
# Port 0 takes a free one. Without --port: the port that DIR was last served on, else 9092.
# FILE is appended to the broker's own settings, where the last one counts.
set -eu
. "$(dirname "$0")/jars.sh"

usage() {
  echo 'usage: kafka.sh start|stop|status [--port P] [--data DIR] [--properties FILE]' >&2
  exit 64
}

ACTION=${1:-}
[ $# -gt 0 ] && shift
PORT=
PROPERTIES=
DATA="$CACHE/data"
while [ $# -gt 0 ]; do
  case $1 in
    --port) [ $# -ge 2 ] || usage; PORT=$2; shift 2 ;;
    --properties) [ $# -ge 2 ] || usage; PROPERTIES=$2; shift 2 ;;
    --data) [ $# -ge 2 ] || usage; DATA=$2; shift 2 ;;
    *) usage ;;
  esac
done
case $PORT in *[!0-9]*) usage ;; esac
case $DATA in /*) ;; *) DATA="$PWD/$DATA" ;; esac
PID_FILE="$DATA/kafka.pid"
PORT_FILE="$DATA/kafka.port"
LOG="$DATA/server.log"
CLASSES="$CACHE/broker-classes-$VERSION.jsa"

is_running() {
  [ -s "$PID_FILE" ] || return 1
  pid=$(cat "$PID_FILE")
  kill -0 "$pid" 2>/dev/null || return 1
  # After a crash the number may belong to somebody else by now.
  case $(ps -o args= -p "$pid" 2>/dev/null) in *kafka.Kafka*) return 0 ;; *) return 1 ;; esac
}

random_below() {
  echo $(($(od -An -N4 -tu4 /dev/urandom | tr -d ' ') % $1))
}

# Formatting costs a JVM start, so it is done once and copied.
format_storage() {
  [ -f "$DATA/logs/meta.properties" ] && return 0
  template="$CACHE/formatted-$VERSION"
  if [ ! -d "$template" ]; then
    part="$template.part.$$"
    mkdir -p "$part"
    write_properties "$part" "$part/logs" 1 2
    java -Xmx128m -XX:TieredStopAtLevel=1 -Dlog4j2.configurationFile="$HERE/log4j2-tools.xml" -cp "$CLASSPATH" \
      kafka.tools.StorageTool format -t Y2FyaWxsb24ta2Fma2EtMQ -c "$part/server.properties" >"$part/format.log" 2>&1 ||
      { cat "$part/format.log" >&2; rm -rf "$part"; fail 'could not format the storage'; }
    mv -T "$part" "$template" 2>/dev/null || mv "$part" "$template" 2>/dev/null || true
    rm -rf "$part" "$template/${part##*/}"
  fi
  mkdir -p "$DATA/logs"
  cp -R "$template/logs/." "$DATA/logs/"
}

# Short broker session: after kill -9 the controller refuses the same node until the old session has run out.
write_properties() {
  cat >"$1/server.properties" <<PROPERTIES
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$4
listeners=PLAINTEXT://127.0.0.1:$3,CONTROLLER://127.0.0.1:$4
advertised.listeners=PLAINTEXT://127.0.0.1:$3
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs=$2
auto.create.topics.enable=false
num.partitions=1
default.replication.factor=1
min.insync.replicas=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=2
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
share.coordinator.state.topic.num.partitions=2
group.initial.rebalance.delay.ms=0
log.cleaner.dedupe.buffer.size=8388608
broker.session.timeout.ms=2000
broker.heartbeat.interval.ms=400
num.network.threads=2
num.io.threads=4
PROPERTIES
}

# The first broker writes down on its way out which classes it loaded; the later ones start in two thirds of the time.
class_archive_flag() {
  if [ -s "$CLASSES" ]; then
    echo "-XX:SharedArchiveFile=$CLASSES"
  else
    echo "-XX:ArchiveClassesAtExit=$DATA/classes.jsa"
  fi
}

keep_classes() {
  [ -s "$DATA/classes.jsa" ] || return 0
  mv -f "$DATA/classes.jsa" "$CLASSES.part.$$"
  mv -f "$CLASSES.part.$$" "$CLASSES"
}

launch() {
  : >"$LOG"
  # A session of its own: Ctrl-C in the caller's terminal must not stop a broker that others still use.
  detach=
  command -v setsid >/dev/null 2>&1 && detach=setsid
  $detach nohup sh -c 'echo $$ >"$1"; shift; exec "$@"' launch "$PID_FILE" \
    java "$(class_archive_flag)" -Xlog:disable -Xms256m -Xmx512m -XX:+UseSerialGC -Djava.awt.headless=true \
    -Dkafka.logs.dir="$DATA" -Dlog4j2.configurationFile="$HERE/log4j2.xml" -cp "$CLASSPATH" kafka.Kafka "$DATA/server.properties" \
    >>"$LOG" 2>&1 </dev/null &
}

# Answers 0 when it serves, 2 when a port was taken, 1 otherwise.
await_start() {
  tenths=0
  while [ $tenths -lt 600 ]; do
    grep -q 'Kafka Server started' "$LOG" && return 0
    if [ $tenths -gt 5 ] && ! is_running; then
      grep -q 'Address already in use' "$LOG" && return 2
      return 1
    fi
    sleep 0.1
    tenths=$((tenths + 1))
  done
  return 1
}

start() {
  if is_running; then
    echo "127.0.0.1:$(cat "$PORT_FILE")"
    return 0
  fi
  if [ -z "$PORT" ]; then
    PORT=9092
    [ -s "$PORT_FILE" ] && PORT=$(cat "$PORT_FILE")
  fi
  mkdir -p "$DATA"
  format_storage
  for try in 1 2 3 4 5; do
    # Both below the usual ephemeral range, where no outgoing connection sits on them.
    port=$PORT
    [ "$PORT" = 0 ] && port=$((20000 + $(random_below 10000)))
    write_properties "$DATA" "$DATA/logs" "$port" $((10000 + $(random_below 10000)))
    [ -z "$PROPERTIES" ] || cat "$PROPERTIES" >>"$DATA/server.properties"
    launch
    code=0
    await_start || code=$?
    if [ $code -eq 0 ]; then
      echo "$port" >"$PORT_FILE"
      echo "127.0.0.1:$port"
      return 0
    fi
    is_running && kill -9 "$pid"
    [ $code -eq 2 ] || break
  done
  tail -n 30 "$LOG" >&2
  fail "did not start; the whole log is in $LOG"
}

stop() {
  is_running || { rm -f "$PID_FILE"; return 0; }
  kill "$pid"
  tenths=0
  while is_running; do
    [ $tenths -lt 150 ] || kill -9 "$pid" 2>/dev/null || true
    [ $tenths -lt 200 ] || fail "pid $pid does not end"
    sleep 0.1
    tenths=$((tenths + 1))
  done
  rm -f "$PID_FILE"
  keep_classes
}

case $ACTION in
  start) start ;;
  stop) stop ;;
  status) is_running && echo "127.0.0.1:$(cat "$PORT_FILE") pid $pid" || { echo 'not running'; exit 3; } ;;
  *) usage ;;
esac
