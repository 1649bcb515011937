# A thin front of Meson: what to type, not how it is built.
#
#   make            build the program into build/
#   make test       install what is missing, build with sanitizers, run all tests
#   make demo       a sample lecture from a signed stream to notes, in demo/
#   make dashboard  only the dashboard, into dashboard/dist (needs Node.js)
#   make bench      one table of measurements against other programs
#   make extension  the browser extension in extension/dist/, to be loaded unpacked
#   make package    a Debian package; make package-test tries it in a fresh Debian 12
#   make install    PREFIX=/usr/local, DESTDIR= for packagers

BUILD      ?= build
TEST_BUILD ?= build-asan
FUZZ_BUILD ?= build-fuzz
PREFIX     ?= /usr/local
FUZZ_SECONDS ?= 300
SHELL      := /bin/sh
MAKEFLAGS  += --no-print-directory

SETUP := meson setup --prefix '$(PREFIX)'

.PHONY: all dashboard dashboard-types deps check-deps test demo bench fuzz quality install uninstall format clean docs \
	extension extension-zip package package-test

all: check-deps dashboard $(BUILD)/build.ninja
	@ninja -C $(BUILD)

# Only when its sources are newer; without Node.js the program is built without it.
dashboard:
	@dashboard/build.sh

# After a change of the service's addresses.
dashboard-types: all
	@dashboard/types.sh $(BUILD)

check-deps:
	@packaging/install-deps.sh --check || { echo 'To install them: make deps' >&2; exit 1; }

deps:
	@packaging/install-deps.sh
	@# Debian 12 and 13 have no libwhisper: a private copy, or the build goes on without.
	@if command -v apt-get >/dev/null && ! pkg-config --exists whisper; then \
	  packaging/fetch-libwhisper.sh || true; fi

$(BUILD)/build.ninja:
	@$(SETUP) $(BUILD)

$(TEST_BUILD)/build.ninja:
	@meson setup $(TEST_BUILD) -Dbuildtype=debugoptimized -Db_sanitize=address,undefined

test: deps
	@packaging/install-deps.sh --test
	@$(MAKE) dashboard $(TEST_BUILD)/build.ninja
	@ninja -C $(TEST_BUILD)
	@tests/run $(TEST_BUILD) $(TEST_ARGS)

demo: deps
	@$(MAKE) dashboard $(BUILD)/build.ninja
	@ninja -C $(BUILD)
	@packaging/demo.sh $(BUILD) demo

bench:
	@packaging/install-deps.sh --bench
	@$(MAKE) deps $(BUILD)/build.ninja
	@ninja -C $(BUILD)
	@bench/run $(BUILD) $(BENCH)

# Needs clang: libFuzzer with AddressSanitizer and UBSan, every target in turn.
fuzz:
	@packaging/install-deps.sh --bench
	@test -f $(FUZZ_BUILD)/build.ninja || CC=clang meson setup $(FUZZ_BUILD) \
	  -Dfuzzing=true -Dbuildtype=debugoptimized -Db_sanitize=address,undefined -Db_lundef=false
	@ninja -C $(FUZZ_BUILD)
	@tests/fuzz/run $(FUZZ_BUILD) $(FUZZ_SECONDS) $(FUZZ)

# Longer measurements of slides and speech against known truth.
quality: deps
	@$(MAKE) $(BUILD)/build.ninja
	@ninja -C $(BUILD)
	@tests/quality/run $(BUILD)

extension:
	@extension/build.sh

# For the store: the same sources give the same bytes.
extension-zip:
	@extension/build.sh --zip

install: all
	@meson install -C $(BUILD) --no-rebuild

uninstall:
	@ninja -C $(BUILD) uninstall

# A Debian package in build-deb/, and a trial of it in a fresh Debian 12 (as root).
package: deps dashboard
	@packaging/install-deps.sh --package
	@packaging/build-deb.sh build-deb

package-test: package
	@packaging/test-deb.sh build-deb/scaler_*.deb

format:
	@find src tests bench -name '*.[ch]' -print | xargs clang-format -i

# What is generated from the program's own tables.
docs: all
	@$(BUILD)/src/cli/scaler errors --markdown > docs/errors.md
	@$(BUILD)/src/cli/scaler help --markdown > docs/cli.md

clean:
	rm -rf $(BUILD) $(TEST_BUILD) $(FUZZ_BUILD) build-deb demo
