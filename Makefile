# SPDX-License-Identifier: Apache-2.0
#
# Thin: Meson builds, tools/ does the rest, and each line below also works by hand.
#
#   make demo      install what is missing, build, and take one real image all the way to a verdict
#   make check     every test but the long ones, counted
#   make bench     what it costs, as ratios
#   make soak      fuzz every reader for SOAK_MINUTES (10) each, and the exhaustive tests
#   make fuzz      build the fuzzers only
#   make coverage  lines and branches of the verifier that the tests reach
#   make mutate    break the verifier in every small way, and see that a test notices
#   make           build; make deps installs the packages that needs
#   make install   to DESTDIR and PREFIX (/usr/local)
#   make clean     forget everything built, kernel and test images too
#
# INSTALL=no keeps demo and check from installing packages.

PREFIX ?= /usr/local
DESTDIR ?=
SOAK_MINUTES ?= 10
INSTALL ?= yes
export CLOISTER_INSTALL = $(INSTALL)

# What runs, without the tests and the library.
PROGRAMS = src/cli/cloister src/shim/cloister-shim src/guest/cloister-init src/guest/cloister-agent

all: build/platform.eif

deps:
	tools/install-deps build run

build: build/build.ninja
	ninja -C build

build/build.ninja:
	tools/configure build gcc -Dprefix=$(PREFIX)

# The kernel and our two guest programs, as every image will carry them.
build/platform.eif: build
	tools/platform build

demo:
	tools/install-deps build run demo
	$(MAKE) --no-print-directory build/build.ninja
	ninja -C build $(PROGRAMS)
	tools/platform build
	flow/demo.sh

check:
	tools/install-deps build run test
	tools/check

bench:
	tools/install-deps build run test
	$(MAKE) --no-print-directory build/platform.eif
	tools/bench

soak:
	tools/install-deps build run test
	SOAK_MINUTES=$(SOAK_MINUTES) tools/soak

fuzz:
	tools/install-deps build test
	tools/configure build-fuzz clang -Dfuzz=true
	ninja -C build-fuzz

coverage:
	tools/install-deps build test measure
	tools/coverage

mutate:
	tools/install-deps build test measure
	tools/mutate

install: build/platform.eif
	meson configure build -Dprefix=$(PREFIX)
	meson install -C build $(if $(DESTDIR),--destdir $(abspath $(DESTDIR)))
	install -D -m 644 build/platform.eif $(DESTDIR)$(PREFIX)/share/cloister/platform.eif

clean:
	rm -rf build build-clang build-asan build-tsan build-fuzz build-coverage

.PHONY: all deps build demo check bench soak fuzz coverage mutate install clean
