# Sourced by kafka.sh and tool.sh: fetches Kafka's jars from Maven Central once, sets HERE, CACHE and CLASSPATH.
HERE=$(cd -P "$(dirname "$0")" && pwd)
CACHE="$(cd -P "$HERE/../.." && pwd)/.cache/kafka-local"
VERSION=4.2.0
LIBS="$CACHE/libs-$VERSION"

fail() {
  echo "kafka-local: $*" >&2
  exit 1
}

fetch_jars() {
  [ -d "$LIBS" ] && return 0
  command -v java >/dev/null 2>&1 || fail 'Java 17 or later is needed on PATH'
  command -v mvn >/dev/null 2>&1 || fail 'Maven (mvn) is needed once, to fetch the jars'
  mkdir -p "$CACHE"
  # Renamed only when complete: an interrupted or concurrent download never leaves half a classpath.
  part="$LIBS.part.$$"
  mvn -q -B -f "$HERE/pom.xml" org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies \
    -DincludeScope=runtime -DoutputDirectory="$part" >"$CACHE/mvn.$$.log" 2>&1 ||
    { cat "$CACHE/mvn.$$.log" >&2; rm -rf "$part"; fail 'could not fetch the jars'; }
  rm -f "$CACHE/mvn.$$.log"
  mv -T "$part" "$LIBS" 2>/dev/null || mv "$part" "$LIBS" 2>/dev/null || true
  rm -rf "$part" "$LIBS/libs-$VERSION.part.$$"
}

fetch_jars
CLASSPATH="$LIBS/*"
