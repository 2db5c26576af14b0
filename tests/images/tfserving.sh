#!/bin/sh
# Stands in for tensorflow/serving:2.19.1, whose program is in no package registry: the project's own
# emulator behind the official image's entry point, account, ports and variables.
. "$(dirname "$0")/common.sh"
version=2.19.1
TAG=tensorflow/serving:$version
rooms="src/wizard/servers/__init__.py src/wizard/servers/tensorflow_serving/__init__.py"
parts="src/wizard/__init__.py $rooms src/wizard/servers/tensorflow_serving/flags.toml src/wizard/servers/tensorflow_serving/emulator"
sh "$here/base.sh"
base=$(docker image inspect -f '{{.Id}}' serving-wizard-test/base:latest)
# The same releases of its libraries as in the tests' environment.
wheels=$(sed -nE 's/^((protobuf|grpcio|typing-extensions)==[^ ;]+).*/\1/p' "$root/requirements/dev.txt")
hash=$({
    printf '%s\n' "$here/tfserving.sh" "$here/common.sh" "$here/wheels.sh" "$here"/tfserving/*
    cd "$root" && find $parts -type f ! -name '*.pyc' | sort | sed "s|^|$root/|"
} | digest "$base" "$wheels")
built "$TAG" "$hash" && exit 0
scratch
context=$WORK/context
mkdir -p "$context/emulator" "$WORK/wheels"
sh "$here/wheels.sh" "$WORK/wheels" $wheels
for wheel in "$WORK"/wheels/*.whl; do python3 -m zipfile -e "$wheel" "$context/emulator"; done
(cd "$root" && tar -cf - --exclude=__pycache__ --transform 's|^src/||' $parts) | tar -xf - -C "$context/emulator"
cp "$here/tfserving/tf_serving_entrypoint.sh" "$here/tfserving/tensorflow_model_server" "$context"
chmod -R go+rX "$context"
chmod 755 "$context/tf_serving_entrypoint.sh" "$context/tensorflow_model_server"
# The official image has bash but neither curl nor Python; they are taken off the path, so that
# nothing comes to rely on them.
build_on "$TAG" "$hash" "$context" <<IN
FROM serving-wizard-test/base:latest
LABEL serving-wizard.emulator=1
COPY emulator /opt/emulator
COPY tf_serving_entrypoint.sh tensorflow_model_server /usr/bin/
RUN mkdir /models \
    && mv /usr/bin/python3.11 /opt/emulator/python \
    && rm /usr/bin/python3 /usr/bin/curl \
    && (cd /opt/emulator && PYTHONHOME=/usr ./python -m compileall -q .) \
    && tensorflow_model_server --version
ENV MODEL_NAME=model MODEL_BASE_PATH=/models SERVING_WIZARD_EMULATED_VERSION=$version
EXPOSE 8500 8501
ENTRYPOINT ["/usr/bin/tf_serving_entrypoint.sh"]
IN
say "built $TAG (an emulation)"
