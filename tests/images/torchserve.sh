#!/bin/sh
# torchserve.sh VERSION : stands in for pytorch/torchserve:VERSION-cpu: same account, paths, ports,
# command and "serve or evaluate, then stay up" entry point. Inside are Debian 12, Python 3.11, a
# headless JRE and the torch of torch.sh, instead of what the official image pins.
. "$(dirname "$0")/common.sh"
version=$1
TAG=pytorch/torchserve:$version-cpu
sh "$here/torch.sh"
base=$(docker image inspect -f '{{.Id}}' serving-wizard-test/torch:latest)
hash=$(printf '%s\n' "$here/torchserve.sh" "$here/common.sh" "$here/wheels.sh" \
    "$here/torchserve/entrypoint.sh" "$here/torchserve/config.properties" "$here/torchserve/jvm/bin/java" \
    "$here/torchserve/later_torch.py" "$here/torchserve/archive.py" |
    digest "$base" "$version")
built "$TAG" "$hash" && exit 0
scratch
context=$WORK/context
mkdir "$context"
sh "$here/wheels.sh" "$context" "torchserve==$version"
cp -r "$here/torchserve/config.properties" "$here/torchserve/jvm" "$here/torchserve/later_torch.py" \
    "$here/torchserve/archive.py" "$root/src/wizard/servers/torchserve/sample/model-store/echo.mar" "$context"
# The flag came with token authorization in 0.11.1; older releases stop at an unknown argument.
first=$(printf '%s\n' 0.11.1 "$version" | sort -V | head -n 1)
[ "$first" = 0.11.1 ] && flag=' --disable-token-auth' || flag=
sed "s/ @TOKEN_FLAG@/$flag/" "$here/torchserve/entrypoint.sh" >"$context/dockerd-entrypoint.sh"
chmod 755 "$context/dockerd-entrypoint.sh"
# Two stages, so that the wheel itself leaves no layer behind.
build_on "$TAG" "$hash" "$context" <<'IN'
FROM serving-wizard-test/torch:latest AS build
COPY torchserve-*.whl /tmp/
RUN /home/venv/bin/pip install -q --no-index --no-deps --no-compile --prefix /out /tmp/torchserve-*.whl \
    && chmod -R go+rX /out
COPY later_torch.py /out/lib/python3.11/site-packages/
RUN echo "import later_torch" >/out/lib/python3.11/site-packages/later_torch.pth
FROM serving-wizard-test/torch:latest
COPY --from=build /out /home/venv
RUN /home/venv/bin/python -W ignore -c \
    'import ts.model_server, ts.model_service_worker, ts.torch_handler.base_handler'
COPY dockerd-entrypoint.sh /usr/local/bin/
COPY jvm /home/jvm
ENV JAVA_HOME=/home/jvm
COPY archive.py echo.mar /tmp/archive/
RUN /home/venv/bin/python /tmp/archive/archive.py /tmp/archive/echo.mar && rm -r /tmp/archive
COPY --chown=model-server:model-server config.properties /home/model-server/
EXPOSE 8080 8081 8082 7070 7071
USER model-server
WORKDIR /home/model-server
ENTRYPOINT ["/usr/local/bin/dockerd-entrypoint.sh"]
CMD ["serve"]
IN
say "built $TAG"
