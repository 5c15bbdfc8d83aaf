#!/usr/bin/env bash
# Makes the files of this folder anew from npm's packages, and checks that they are those of README.md.
# Needs: node, npm, network. Nobody who uses the clinic runs this.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
UPLOT=1.6.32 THREE=0.187.0 ESBUILD=0.28.2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts "uplot@$UPLOT" "three@$THREE" "esbuild@$ESBUILD"
build() { npx --no-install esbuild "$@" --bundle --format=esm --minify --target=es2022 --legal-comments=inline; }
build node_modules/uplot/dist/uPlot.esm.js --outfile="$here/uplot.js"
cp node_modules/uplot/dist/uPlot.min.css "$here/uplot.css"
cp node_modules/uplot/LICENSE "$here/uplot.LICENSE"
cp "$here/three_parts.js" .
build three_parts.js --outfile="$here/three.js"
cp node_modules/three/LICENSE "$here/three.LICENSE"
cd "$here"
sha256sum --check SHA256SUMS || { echo "other files than before: look at them, then: sha256sum *.js *.css > SHA256SUMS"; exit 1; }
