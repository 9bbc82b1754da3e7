#!/bin/sh
# Kafka's own command-line tools from the same jars:  tool.sh kafka-topics --bootstrap-server 127.0.0.1:9092 --list
set -eu
. "$(dirname "$0")/jars.sh"

[ $# -gt 0 ] || fail 'usage: tool.sh kafka-TOOL arguments…'
TOOL=${1%.sh}
shift
case $TOOL in
  kafka-topics) class=org.apache.kafka.tools.TopicCommand ;;
  kafka-console-consumer) class=org.apache.kafka.tools.consumer.ConsoleConsumer ;;
  kafka-console-producer) class=org.apache.kafka.tools.ConsoleProducer ;;
  kafka-consumer-groups) class=org.apache.kafka.tools.consumer.group.ConsumerGroupCommand ;;
  kafka-configs) class=kafka.admin.ConfigCommand ;;
  kafka-get-offsets) class=org.apache.kafka.tools.GetOffsetShell ;;
  kafka-broker-api-versions) class=org.apache.kafka.tools.BrokerApiVersionsCommand ;;
  kafka-producer-perf-test) class=org.apache.kafka.tools.ProducerPerformance ;;
  kafka-consumer-perf-test) class=org.apache.kafka.tools.ConsumerPerformance ;;
  kafka-delete-records) class=org.apache.kafka.tools.DeleteRecordsCommand ;;
  kafka-dump-log) class=kafka.tools.DumpLogSegments ;;
  *.*) class=$TOOL ;;
  *) fail "unknown tool $TOOL" ;;
esac
CLASSES="$CACHE/tool-classes-$VERSION.jsa"

# The first tool writes down which classes it loaded; the later ones start in half the time.
part="$CLASSES.part.$$"
if [ -s "$CLASSES" ]; then
  flag="-XX:SharedArchiveFile=$CLASSES"
else
  flag="-XX:ArchiveClassesAtExit=$part"
fi
set -- "$flag" -Xlog:disable -Xmx256m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 \
  -Dlog4j2.configurationFile="$HERE/log4j2-tools.xml" -cp "$CLASSPATH" "$class" "$@"
[ -s "$CLASSES" ] && exec java "$@"
code=0
java "$@" || code=$?
[ ! -s "$part" ] || mv -f "$part" "$CLASSES"
exit $code
