# SPDX-License-Identifier: MIT
# kqtop is built by this one file (GNU make, not recursive). `make help` lists
# what it can do; docs/CONTRIBUTING.md explains it.
#
# How it is laid out:
#   1. what you may set          4. rules: compile, archive, link
#   2. what is built from what   5. run, test, install
#   3. libraries of others       6. checks
# Everything it makes lies below build/; build/$(PROFILE)/ mirrors the tree.

VERSION := 0.1.0

# ---- 1. What you may set, on the command line or in the environment ----------

PROFILE ?= release
# PROFILE=release|debug|asan|tsan|cov   asan is address + undefined behaviour
# CC CPPFLAGS CFLAGS LDFLAGS LDLIBS     yours come after ours, so yours win
# WERROR=1   warnings are errors (CI; not the default: a newer compiler warns more)
# V=1        show whole command lines
# EVENTQ     back ends to compile in: epoll, kqueue, or both
# WITHOUT="eventfd_ppoll .."  build as if these probes (engine/*/probe/), or pkg-config
#            about `microhttpd`, had said no
# HTTP=no    without the metrics endpoint; else it is built in where pkg-config
#            finds libmicrohttpd
# ARGS=".."  for `make run`;  T=word  for `make check`: only tests whose name has it
# DEPS=no    `make run` and `make test` never install, they say what lacks and stop
# FOR=".."   for `make deps`: build test lint browser optional package
# HARDEN=no  release without the flags that make an attacker's life harder
# COMPLETER  a kqtop of this version that runs here, where the one built does not
prefix ?= /usr/local
bindir ?= $(prefix)/bin
mandir ?= $(prefix)/share/man
docdir ?= $(prefix)/share/doc/kqtop
bashcompdir ?= $(prefix)/share/bash-completion/completions
zshcompdir ?= $(prefix)/share/zsh/site-functions
fishcompdir ?= $(prefix)/share/fish/vendor_completions.d
unitdir ?= $(prefix)/lib/systemd/system
PKG_CONFIG ?= pkg-config
INSTALL ?= install
CLANG ?= clang
# Debian's own: another python3, first in PATH, would not see Debian's pytest.
PYTHON ?= $(or $(wildcard /usr/bin/python3),python3)
FOR ?= build

OS := $(shell uname -s)
EVENTQ ?= $(if $(filter Linux,$(OS)),epoll,kqueue)

ifndef HTTP
HTTP := $(if $(filter microhttpd,$(WITHOUT)),no,$(shell $(PKG_CONFIG) --exists libmicrohttpd \
	2>/dev/null && echo yes))
endif

FLAGS_release := -O2 -g -fno-omit-frame-pointer
FLAGS_debug := -Og -g -DKQT_DEBUG
FLAGS_asan := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
FLAGS_tsan := -O1 -g -fno-omit-frame-pointer -fsanitize=thread
FLAGS_cov := -O0 -g --coverage
ifndef FLAGS_$(PROFILE)
$(error unknown PROFILE '$(PROFILE)': release, debug, asan, tsan or cov)
endif

.DELETE_ON_ERROR:
.SUFFIXES:
.DEFAULT_GOAL := all

# ---- 2. What is built from what -----------------------------------------------

B := build/$(PROFILE)

# The sources of some folders; a folder that is empty or absent gives nothing.
sources = $(sort $(wildcard $(addsuffix /*.c,$(1))))
objects = $(patsubst %.c,$(B)/%.o,$(1))

# Where libkqueue has its <sys/event.h>.
PROBE_CFLAGS := $(if $(filter Linux-kqueue,$(OS)-$(filter kqueue,$(EVENTQ))), \
	$(shell $(PKG_CONFIG) --cflags libkqueue 2>/dev/null))
# What this system has: does engine/*/probe/has_NAME.c compile, and which flags does
# the compiler know? The answers are a file that make includes, and makes anew when a
# probe or the flags changed. Where
# nothing compiles there is no file; that the compiler is missing `needs` says.
ifneq ($(filter-out clean help format deps uninstall dist,$(or $(MAKECMDGOALS),all)),)
-include $(B)/has.mk
endif
PROBE = $(CC) -D_GNU_SOURCE $(PROBE_CFLAGS) $(CPPFLAGS) $(CFLAGS) -std=c17 -c -o $(B)/probe.o \
	-Werror=implicit-function-declaration -Werror=int-conversion \
	-Wno-format -Wno-format-security
# -O2 as fortified headers want it; yours after it, which may take that away again.
TRY = $(CC) -Werror -O2 $(CPPFLAGS) $(CFLAGS) $(LDFLAGS)
# The first of NAME... that this system has, else the last word: its variant of a
# difference is the file of that name in port/.
HAVE = $(filter-out $(WITHOUT),$(HAS))
first = $(firstword $(filter $(HAVE),$(1)) $(2))
PORT_SRC = $(patsubst %,engine/clock/port/%.c, \
	$(call first,name_of_thread name_own name_format name_bsd,name_none) \
	$(call first,pin_cpu_set pin_cpuset pin_cpuset_create,pin_none) \
	$(call first,slack_prctl,slack_none) \
	$(if $(filter sched_idle,$(HAVE)),lowest_idle,lowest_other) \
	$(call first,counter_sysctlbyname,counter_file)) \
	$(patsubst %,engine/stimulus/port/%.c, \
	$(if $(filter eventfd_ppoll,$(HAVE)),pace_eventfd,pace_pipe) \
	$(if $(filter sock_cloexec,$(HAVE)),pair_flags,pair_fcntl) \
	$(if $(filter o_tmpfile,$(HAVE)),nameless_tmpfile,nameless_none))
LOAD_PORT_SRC = $(patsubst %,engine/load/port/%.c, \
	$(if $(filter subreaper,$(HAVE)),self_proc family_proc,self_argv0 family_none) \
	$(if $(filter o_tmpfile,$(HAVE)),file_tmpfile,file_unlink))
REPORT_PORT_SRC = $(patsubst %,engine/report/port/%.c, \
	$(if $(filter counter_sysctlbyname,$(HAVE)),model_sysctlbyname,model_proc) \
	$(call first,tick_coarse,tick_none))

# kqueue's: the system it is on, timers' unit, how a waiter is woken (KQ_WAKE=user
# or pipe). libkqueue takes locks to trigger an event, which a signal handler must
# not: a pipe there.
KQ_ON_Linux := libkqueue
KQ_ON_Darwin := darwin
KQ_ON_FreeBSD := freebsd
KQ_ON_DragonFly := dragonfly
KQ_ON_NetBSD := netbsd
KQ_ON_OpenBSD := openbsd
KQ_TIME = $(if $(filter note_nseconds,$(HAVE)),ns,$(if $(filter note_useconds,$(HAVE)),us,ms))
KQ_WAKE ?= $(if $(filter Linux,$(OS)),pipe,$(if $(filter evfilt_user,$(HAVE)),user,pipe))

# A back end is one file and built only if EVENTQ names it; the rest of the
# folder (the list of them, the fake that replays a series) belongs everywhere.
EVENTQ_KNOWN := epoll kqueue
EVENTQ_SRC := $(filter-out $(EVENTQ_KNOWN:%=engine/eventq/eventq_%.c),$(call sources,engine/eventq))
EVENTQ_SRC += $(if $(EVENTQ_SRC),$(EVENTQ:%=engine/eventq/eventq_%.c))
ifneq ($(filter-out $(EVENTQ_KNOWN),$(EVENTQ)),)
$(error unknown back end in EVENTQ '$(EVENTQ)': $(EVENTQ_KNOWN))
endif

# libkqtop-core.a needs nothing but libc and libm, so that it can be compiled
# for systems whose cross compiler has no other library.
CORE_FOLDERS := $(addprefix engine/,base clock config hist entropy stimulus collect)
NOT_CORE := $(wildcard engine/config/config_*.c) $(wildcard engine/hist/hlog*.c)
CORE_SRC := $(sort $(filter-out $(NOT_CORE),$(call sources,$(CORE_FOLDERS))) $(EVENTQ_SRC) $(PORT_SRC))
FULL_SRC := $(sort $(wildcard $(NOT_CORE)) $(LOAD_PORT_SRC) $(REPORT_PORT_SRC) \
	$(call sources,$(addprefix engine/,report load metrics)) \
	engine/metrics/port/http_$(if $(filter yes,$(HTTP)),mhd,none).c)
TUI_SRC := $(call sources,tui tui/live)

# One test program per file; helpers in tests/support/ are linked into each.
TEST_SRC := $(sort $(wildcard tests/unit/test_*.c tests/unit/fault_*.c tests/contract/test_*.c))
TEST_SRC := $(filter-out $(if $(filter kqueue,$(EVENTQ)),,tests/unit/%_kqueue.c),$(TEST_SRC))
SUPPORT_SRC := $(call sources,tests/support)
# what is measured against a plain loop is measured on epoll
BENCH_SRC := $(filter-out $(if $(filter epoll,$(EVENTQ)),,$(patsubst %,tests/bench/bench_%.c, \
	engine default seed growth instructions)),$(call sources,tests/bench))
FUZZ_SRC := $(sort $(wildcard tests/fuzz/fuzz_*.c))

CORE_LIB := $(B)/libkqtop-core.a
FULL_LIB := $(B)/libkqtop.a
TUI_LIB := $(B)/libkqtop-tui.a# the screen without main(), for its unit tests
LIBS := $(FULL_LIB) $(CORE_LIB)
TEST_BIN := $(TEST_SRC:%.c=$(B)/%) $(FUZZ_SRC:%.c=$(B)/%)
BENCH_BIN := $(BENCH_SRC:%.c=$(B)/%)
# of these, what a test runs
COUNTED_BIN := $(filter %/bench_instructions,$(BENCH_BIN))
# No program while there is no main(): the libraries and their tests can be built.
PROGRAM := $(if $(wildcard tui/main.c),$(B)/kqtop)
MANPAGES := $(wildcard docs/*.1 docs/*.5)
# They stand to each other as in the repository: their links hold.
DOCUMENTS := $(wildcard LICENSE README.md docs/*.md docs/fleet/* docs/images/*.png)
UNITS := $(wildcard docs/fleet/*.service)
COMPLETIONS := $(if $(PROGRAM),$(addprefix $(B)/completion/,kqtop.bash kqtop.zsh kqtop.fish))

# ---- 3. Libraries of others ---------------------------------------------------
# pkg-config's answer, else the plain name: without pkg-config a build with the
# libraries in the usual places still works. Quiet here; .ci/deps, which runs
# before the first compilation, says in words what is missing.

pc_cflags = $(shell $(PKG_CONFIG) --cflags $(1) 2>/dev/null)
pc_libs = $(or $(shell $(PKG_CONFIG) --libs $(1) 2>/dev/null),$(2))

# ncursesw.pc asks for an older POSIX than _GNU_SOURCE gives; what it wants by
# that are the wide character functions, and those are asked for by name.
NEED_CFLAGS := -DNCURSES_WIDECHAR=1 \
	$(filter-out -D_XOPEN_SOURCE=% -D_DEFAULT_SOURCE,$(call pc_cflags,ncursesw)) \
	$(call pc_cflags,jansson) $(call pc_cflags,zlib) $(call pc_cflags,inih)
NEED_LIBS := $(call pc_libs,ncursesw,$(if $(filter Darwin,$(OS)),-lncurses,-lncursesw)) \
	$(call pc_libs,jansson,-ljansson) $(call pc_libs,zlib,-lz) $(call pc_libs,inih,-linih)
CMOCKA_CFLAGS := $(call pc_cflags,cmocka)
CMOCKA_LIBS := $(call pc_libs,cmocka,-lcmocka)

ifeq ($(HTTP),yes)
NEED_CFLAGS += $(call pc_cflags,libmicrohttpd)
NEED_LIBS += $(call pc_libs,libmicrohttpd,-lmicrohttpd)
endif

# eventq_list.c learns from these which back ends are compiled in.
NEED_CFLAGS += $(if $(filter epoll,$(EVENTQ)),-DKQT_HAVE_EPOLL -DKQT_EPOLL_WAIT='"engine/eventq/port/$\
	$(call first,epoll_pwait2 sys_epoll_pwait2,no_epoll_pwait2).h"') \
	$(if $(filter kqueue,$(EVENTQ)),-DKQT_HAVE_KQUEUE)
ifneq ($(filter kqueue,$(EVENTQ)),)
NEED_CFLAGS += -DKQT_KQ_ON='"engine/eventq/port/kq_on_$(KQ_ON_$(OS)).h"' \
	-DKQT_KQ_TIME='"engine/eventq/port/kq_time_$(KQ_TIME).h"' \
	-DKQT_KQ_WAKE='"engine/eventq/port/kq_wake_$(KQ_WAKE).h"'
ifeq ($(OS),Linux)
NEED_CFLAGS += $(PROBE_CFLAGS)
CORE_LIBS := $(call pc_libs,libkqueue,-lkqueue)
NEED_LIBS += $(CORE_LIBS)
endif
endif
NEED_CFLAGS += $(if $(filter clock_uptime_raw,$(HAVE)),-DKQT_HAVE_CLOCK_UPTIME_RAW)

# ---- 4. Rules ------------------------------------------------------------------

WARNINGS := -Wall -Wextra -Wshadow -Wconversion -Wmissing-prototypes -Wstrict-prototypes \
	-Wundef -Wvla -Wformat=2 $(if $(filter 1 yes,$(WERROR)),-Werror)
KQT_CPPFLAGS = -D_GNU_SOURCE -DKQT_VERSION='"$(VERSION)"' -I. $(NEED_CFLAGS)
KQT_CFLAGS = -std=c17 -pthread $(WARNINGS) $(FLAGS_$(PROFILE)) $(HARDEN_CC) $(SAME_PATHS)
COMPILE = $(CC) $(KQT_CPPFLAGS) $(CPPFLAGS) $(KQT_CFLAGS) $(CFLAGS)
LINK = $(CC) -pthread $(FLAGS_$(PROFILE)) $(LINK_$(PROFILE)) $(HARDEN_LD) $(CFLAGS) $(LDFLAGS)

# What a release is hardened with: each flag only where compiler and linker take it,
# which is found out with the probes. tests/checks/test_hardening.py looks at the
# result. -U first: some compilers define it by themselves, to another value.
ifeq ($(PROFILE)-$(filter no,$(HARDEN)),release-)
HARDEN_TRY := -fPIE -fstack-protector-strong -fstack-clash-protection -fcf-protection \
	-mbranch-protection=standard -U_FORTIFY_SOURCE,-D_FORTIFY_SOURCE=2
HARDEN_TRY_LD := -pie -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack
endif
# The same source gives the same bytes, wherever it lies.
SAME_TRY := -ffile-prefix-map=$(CURDIR)=.
# gcc's shared undefined behaviour runtime, beside that of addresses, reads no
# UBSAN_OPTIONS: its reports would miss the file in which tests/run looks for
# them. The static one does. clang has one runtime for both.
ifeq ($(PROFILE),asan)
LINK_asan := $(shell $(CC) --version 2>/dev/null | grep -qi clang || \
	case $$($(CC) -print-file-name=libubsan.a 2>/dev/null) in (/*) echo -static-libubsan ;; esac)
endif
ALL_LIBS = $(NEED_LIBS) $(LDLIBS) -lm

ifneq ($(V),1)
Q := @
say = @printf '  %-5s %s\n'
else
say = @:
endif

.PHONY: all
all: $(LIBS) $(PROGRAM) $(COMPLETIONS) ## build build/$(PROFILE)/kqtop (the default)

$(B)/%.o: %.c Makefile $(B)/flags | needs
	@mkdir -p $(@D)
	$(say) CC $<
	$(Q)$(COMPILE) -MMD -MP -c -o $@ $<

PROBES := $(sort $(wildcard engine/*/probe/has_*.c))
$(B)/has.mk: $(PROBES) Makefile $(B)/has.flags
	@mkdir -p $(@D)
	@printf '#include <stdio.h>\n' >$(B)/probe.c && $(PROBE) $(B)/probe.c >/dev/null 2>&1
	@printf '#include <stdio.h>\nint main(void)\n{\n\treturn puts("");\n}\n' >$(B)/probe.c
	@{ echo 'HAS :='; for p in $(PROBES); do n=$${p##*/has_}; \
		$(PROBE) "$$p" >/dev/null 2>&1 && echo "HAS += $${n%.c}"; done; \
	for f in $(HARDEN_TRY); do f=$$(echo "$$f" | tr , ' '); \
		$(TRY) -c $$f -o $(B)/probe.o $(B)/probe.c >/dev/null 2>&1 && echo "HARDEN_CC += $$f"; done; \
	for f in $(HARDEN_TRY_LD); do \
		$(TRY) -fPIE $$f -o $(B)/probe $(B)/probe.c >/dev/null 2>&1 && echo "HARDEN_LD += $$f"; done; \
	for f in $(SAME_TRY); do \
		$(TRY) -c $$f -o $(B)/probe.o $(B)/probe.c >/dev/null 2>&1 && echo "SAME_PATHS += $$f"; done; \
	rm -f $(B)/probe.a; $(AR) qcD $(B)/probe.a $(B)/probe.o 2>/dev/null && echo 'AR_D := D'; :; } >$@
$(B)/has.flags: FORCE
	@mkdir -p $(@D)
	@printf '%s\n' '$(subst ','\'',$(PROBE) | $(TRY) $(HARDEN_TRY) $(HARDEN_TRY_LD) $(SAME_TRY) | $(AR))' >$@.new
	@if cmp -s $@.new $@; then rm -f $@.new; else mv $@.new $@; fi

# Rewritten only when the flags differ from last time's: a change of CC, CFLAGS
# or WERROR compiles everything again, and nothing else does.
$(B)/flags: FORCE
	@mkdir -p $(@D)
	@printf '%s\n' '$(subst ','\'',$(COMPILE) | $(LINK) $(ALL_LIBS))' >$@.new
	@if cmp -s $@.new $@; then rm -f $@.new; else mv $@.new $@; fi

# The members of each archive, in the same way: a deleted source leaves it.
$(B)/%.members: FORCE
	@mkdir -p $(@D)
	@printf '%s\n' $(MEMBERS) >$@.new
	@if cmp -s $@.new $@; then rm -f $@.new; else mv $@.new $@; fi
FORCE:

$(B)/libkqtop-core.members: MEMBERS = $(call objects,$(CORE_SRC))
$(B)/libkqtop.members: MEMBERS = $(call objects,$(FULL_SRC))
$(B)/libkqtop-tui.members: MEMBERS = $(call objects,$(filter-out tui/main.c,$(TUI_SRC)))

$(CORE_LIB): $(call objects,$(CORE_SRC))
$(FULL_LIB): $(call objects,$(FULL_SRC))
$(TUI_LIB): $(call objects,$(filter-out tui/main.c,$(TUI_SRC)))
# q, not r: two folders may each have a file of the same name. D: no times, no owners.
$(CORE_LIB) $(FULL_LIB) $(TUI_LIB): %.a: %.members
	$(say) AR $@
	$(Q)rm -f $@ && $(AR) qcs$(AR_D) $@ $(filter %.o,$^)

$(B)/kqtop: $(call objects,$(TUI_SRC)) $(LIBS)
	$(say) LINK $@
	$(Q)$(LINK) -o $@ $^ $(ALL_LIBS)

# A shell's completion is what the program says of itself. Where it does not run, being
# built for another machine, a COMPLETER that does can be named; else there is none.
COMPLETER ?= $(B)/kqtop
$(COMPLETIONS): $(B)/completion/kqtop.%: $(B)/kqtop
	@mkdir -p $(@D)
	@$(COMPLETER) __complete $* >$@.new 2>/dev/null && mv $@.new $@ || \
		{ rm -f $@ $@.new; echo 'no completion for $*: $(COMPLETER) does not run here (COMPLETER=...)' >&2; }

# A test may ask for linker flags of its own, as fault tests do, by a line
#   /* link: -Wl,--wrap=calloc */
# (private: not for the flags file, which every object depends on)
$(B)/tests/%.o: private NEED_CFLAGS += $(CMOCKA_CFLAGS)
$(call objects,$(TEST_SRC) $(SUPPORT_SRC)): | needs-test
$(TEST_SRC:%.c=$(B)/%): %: %.o $(call objects,$(SUPPORT_SRC)) $(TUI_LIB) $(LIBS)
	$(say) LINK $@
	$(Q)$(LINK) $(shell sed -n 's|^/\* link: \(.*\) \*/$$|\1|p' $(@:$(B)/%=%.c)) \
		-o $@ $^ $(CMOCKA_LIBS) $(ALL_LIBS)

# Under test a target is fed with its corpus; make fuzz links it otherwise.
$(FUZZ_SRC:%.c=$(B)/%): %: %.o $(B)/tests/fuzz/replay.o $(TUI_LIB) $(LIBS)
	$(say) LINK $@
	$(Q)$(LINK) -o $@ $^ $(ALL_LIBS)

# Preloaded, to let calls fail: no part of the program, and no sanitizer's business.
FAULT_SHIM := $(if $(filter Linux,$(OS)),$(B)/tests/faults/shim.so)
$(FAULT_SHIM): tests/faults/shim.c Makefile $(B)/flags | needs
	@mkdir -p $(@D)
	$(say) LINK $@
	$(Q)$(CC) -std=c17 -D_GNU_SOURCE -O2 -g -fno-omit-frame-pointer -fPIC -shared -Wall -Wextra \
		$(if $(filter 1 yes,$(WERROR)),-Werror) -o $@ $< -ldl -pthread

$(BENCH_BIN): %: %.o $(call objects,$(SUPPORT_SRC)) $(LIBS)
	$(say) LINK $@
	$(Q)$(LINK) -o $@ $^ $(ALL_LIBS)

-include $(patsubst %.o,%.d,$(call objects,$(CORE_SRC) $(FULL_SRC) $(TUI_SRC) $(TEST_SRC) \
	$(SUPPORT_SRC) $(BENCH_SRC) $(FUZZ_SRC) tests/fuzz/replay.c))

# What lacks is said before the first compilation (order-only prerequisites of
# the objects), once a run, in about 30 ms.
DEPS_TOOL = CC='$(CC)' PKG_CONFIG='$(PKG_CONFIG)' PYTHON='$(PYTHON)' .ci/deps
.PHONY: needs needs-test needs-lint
needs:
	@$(if $(CROSSING),,$(DEPS_TOOL) check build &&) test -s $(B)/has.mk || \
		{ echo 'kqtop: $(CC) compiles nothing with CPPFLAGS="$(CPPFLAGS)" CFLAGS="$(CFLAGS)"' >&2; exit 1; }
needs-test:
	@$(DEPS_TOOL) check cmocka python3 pytest
needs-lint:
	@$(DEPS_TOOL) check lint

# ---- 5. Run, test, install -----------------------------------------------------
# run and test install what is missing and then start make afresh: what this
# make has asked pkg-config was asked before. All cores, unless told -j.

CORES = $(or $(shell getconf _NPROCESSORS_ONLN 2>/dev/null),1)
PARALLEL = $(if $(findstring -j,$(MAKEFLAGS)),,-j$(CORES))
DEPS_DO := $(if $(filter no,$(DEPS)),check,install)

.PHONY: run
run: ## install what the build lacks, build, start kqtop with ARGS="..."
	@$(DEPS_TOOL) $(DEPS_DO) build
	@$(MAKE) --no-print-directory $(PARALLEL) all
	@$(B)/kqtop $(ARGS)

.PHONY: test
test: ## install what build and tests lack, then make check
	@$(DEPS_TOOL) $(DEPS_DO) build test
	@$(MAKE) --no-print-directory $(PARALLEL) check

# C programs at once, and files of pytest where python3-pytest-xdist is installed.
TEST_JOBS ?= 1
.PHONY: check
check: all $(TEST_BIN) $(COUNTED_BIN) $(FAULT_SHIM) needs-test ## build and run every test of this PROFILE (installs nothing)
	@KQTOP='$(CURDIR)/$(B)/kqtop' KQT_PROFILE='$(PROFILE)' KQT_BUILD='$(CURDIR)/$(B)' \
		KQT_WITHOUT='$(WITHOUT)' \
		$(PYTHON) tests/run $(if $(T),--only '$(T)') --jobs $(TEST_JOBS) $(TEST_BIN)

# Counts of an earlier run are forgotten; a test that fails ends nothing.
.PHONY: cov
cov: ## run all tests with gcov and list the lines that none of them came by; COVERED="engine/hist"
	@find build/cov -name '*.gcda' -delete 2>/dev/null || :
	-@$(MAKE) --no-print-directory $(PARALLEL) PROFILE=cov check
	@$(PYTHON) tests/checks/coverage.py build/cov $(COVERED)

# The screens that tests/tui/test_replay_golden.py compares with: shows what changes.
.PHONY: golden
golden: all ## write the golden screens in tests/data/screens anew, and show the difference
	@KQTOP='$(CURDIR)/$(B)/kqtop' PYTHONPATH=tests/support:tests/tui PYTHONDONTWRITEBYTECODE=1 \
		$(PYTHON) tests/tui/test_replay_golden.py

.PHONY: check-faults
check-faults: all $(FAULT_SHIM) ## every call that can fail fails in turn; FAULTS="--command live --call malloc"
	@KQTOP='$(CURDIR)/$(B)/kqtop' KQT_PROFILE='$(PROFILE)' KQT_BUILD='$(CURDIR)/$(B)' \
		PYTHONDONTWRITEBYTECODE=1 $(PYTHON) tests/faults/run $(FAULTS)

# setarch: the sanitizers of gcc 12 and clang 14 do not know wide address spaces.
SHAKE = KQTOP='$(CURDIR)/$(B)/kqtop' KQT_PROFILE='$(PROFILE)' PYTHONDONTWRITEBYTECODE=1 \
	$(if $(filter asan tsan,$(PROFILE)),setarch -R) $(PYTHON) tests/stress/shake
SOAK_S ?= 1800
.PHONY: soak soak-signals
soak: all ## storm with recording, metrics, assessor and random changes for SOAK_S=1800 seconds
	@$(SHAKE) soak --seconds $(SOAK_S) $(if $(SEED),--seed $(SEED)) --report $(B)/soak.json

soak-signals: all ## 1,000 random signals, sizes and keys at once for SOAK_S seconds; PROFILE=asan, tsan
	@$(SHAKE) signals --seconds $(SOAK_S) --signals 1000 $(if $(SEED),--seed $(SEED))
.PHONY: screenshots
screenshots: all ## pictures of real runs into docs/images, two minutes; ARGS="overview" for one
	@$(DEPS_TOOL) check picture pyte
	@KQTOP='$(CURDIR)/$(B)/kqtop' PYTHONPATH=tests/support:tests/tui PYTHONDONTWRITEBYTECODE=1 \
		$(PYTHON) tests/support/screenshots.py $(ARGS)

# Not a test: it prints what it measured. BENCH="--rounds 5 --json FILE"
.PHONY: bench
bench: all $(BENCH_BIN) ## measure speed: tables, never a verdict; BENCH="--only entropy --json FILE"
	@KQTOP='$(CURDIR)/$(B)/kqtop' KQT_BUILD='$(CURDIR)/$(B)' $(PYTHON) tests/bench/run $(BENCH)

.PHONY: check-instructions
check-instructions: ## instructions of the hot path against those committed (valgrind); also a part of make check
	@$(DEPS_TOOL) check valgrind
	@$(MAKE) --no-print-directory $(PARALLEL) check T=test_instructions

.PHONY: check-nist
check-nist: all $(B)/tests/bench/bench_entropy ## every estimate against NIST's own tool, KQT_NIST=PATH of ea_non_iid
	@KQTOP='$(CURDIR)/$(B)/kqtop' KQT_BUILD='$(CURDIR)/$(B)' $(PYTHON) tests/bench/nist.py

# libFuzzer (clang). New inputs land in build/fuzz/corpus/NAME; one that shows a defect
# goes to tests/fuzz/corpus/NAME with the repair. FUZZ="report assess" FUZZ_S=60
FUZZ ?= $(FUZZ_SRC:tests/fuzz/fuzz_%.c=%)
FUZZ_S ?= 60
.PHONY: fuzz fuzz-targets
fuzz-targets: all $(FUZZ:%=$(B)/tests/fuzz/libfuzzer_%)
$(B)/tests/fuzz/libfuzzer_%: $(B)/tests/fuzz/fuzz_%.o $(TUI_LIB) $(LIBS)
	$(say) LINK $@
	$(Q)$(LINK) -fsanitize=fuzzer -o $@ $^ $(ALL_LIBS)
fuzz: ## run the fuzz targets FUZZ="assess .." for FUZZ_S=60 seconds each (clang)
	@$(MAKE) --no-print-directory $(PARALLEL) fuzz-targets B=build/fuzz PROFILE=asan CC='$(CLANG)' \
		CFLAGS='-fsanitize=fuzzer-no-link $(CFLAGS)' FUZZ='$(FUZZ)'
	@for f in $(FUZZ); do mkdir -p build/fuzz/corpus/$$f && \
		build/fuzz/tests/fuzz/libfuzzer_$$f -max_total_time=$(FUZZ_S) -max_len=65536 -timeout=20 \
		-print_final_stats=1 -artifact_prefix=build/fuzz/$$f- \
		build/fuzz/corpus/$$f tests/fuzz/corpus/$$f || exit 1; done

.PHONY: deps
deps: ## install what is missing for FOR="build" (or build test lint browser optional)
	@$(DEPS_TOOL) install $(FOR)

.PHONY: install uninstall
install: all ## program, man pages, completions and documents below $(DESTDIR)$(prefix)
	$(INSTALL) -d $(DESTDIR)$(bindir) $(DESTDIR)$(docdir)
	$(INSTALL) -m 755 $(B)/kqtop $(DESTDIR)$(bindir)/kqtop
	@set -e; put() { echo "$(INSTALL) -m 644 $$1 $(DESTDIR)$$2"; \
		$(INSTALL) -d "$(DESTDIR)$${2%/*}" && $(INSTALL) -m 644 "$$1" "$(DESTDIR)$$2"; }; \
	for f in $(MANPAGES); do put $$f $(mandir)/man$${f##*.}/$${f##*/}; done; \
	for f in $(DOCUMENTS); do put $$f $(docdir)/$$f; done; \
	for f in $(UNITS); do put $$f $(unitdir)/$${f##*/}; \
		sed 's|/usr/local/bin/kqtop|$(bindir)/kqtop|' $$f >$(DESTDIR)$(unitdir)/$${f##*/}; done; \
	for f in $(notdir $(COMPLETIONS)); do test -f $(B)/completion/$$f || continue; case $$f in \
		*.bash) put $(B)/completion/$$f $(bashcompdir)/kqtop ;; \
		*.zsh) put $(B)/completion/$$f $(zshcompdir)/_kqtop ;; \
		*.fish) put $(B)/completion/$$f $(fishcompdir)/kqtop.fish ;; esac; done

# In a tree of its own (DESTDIR) the empty folders go too; in the real one only ours
# do, as the system's may have been there before, with owners and modes of their own.
INSTALLED = $(bindir)/kqtop $(foreach f,$(MANPAGES),$(mandir)/man$(subst .,,$(suffix $(f)))/$(notdir $(f))) \
	$(addprefix $(docdir)/,$(DOCUMENTS)) $(addprefix $(unitdir)/,$(notdir $(UNITS))) \
	$(bashcompdir)/kqtop $(zshcompdir)/_kqtop $(fishcompdir)/kqtop.fish
uninstall: ## remove what install put there
	rm -f $(addprefix $(DESTDIR),$(INSTALLED))
	@{ if test -z '$(DESTDIR)'; then rmdir $(docdir)/docs/images $(docdir)/docs/fleet $(docdir)/docs $(docdir); else cd '$(DESTDIR)' && \
		rmdir -p $(patsubst /%,./%,$(sort $(dir $(INSTALLED)))); fi; } 2>/dev/null || :

# ---- Packages: all below build/, nothing from the network ----
# The tarball holds what is committed: sorted, owner 0, each file as old as the commit.
# A clone that this folder is only a part of is not ours (a tarball unpacked in one).
DIST := kqtop-$(VERSION)
DIST_TAR := build/dist/$(DIST).tar.gz
.PHONY: dist distcheck deb
dist: ## build/dist/kqtop-VERSION.tar.gz of what is committed (needs a git clone)
	@test "$$(git rev-parse --is-inside-work-tree 2>&1)-$$(git rev-parse --show-prefix 2>&1)" = true- || \
		{ echo 'make dist: this folder is no git clone (or git is not there): nothing to make a tarball of' >&2; exit 1; }
	@git diff --quiet HEAD -- || echo 'make dist: changes that are not committed are not in it' >&2
	@mkdir -p $(dir $(DIST_TAR))
	@git -c tar.umask=0022 archive --format=tar --prefix=$(DIST)/ -o $(DIST_TAR:.gz=) HEAD
	@gzip -n -9 -f $(DIST_TAR:.gz=)
	$(say) DIST $(DIST_TAR)

# A make of its own each time: what was given to this one is not for a tarball.
ALONE = env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS make --no-print-directory -j$(CORES)
distcheck: dist ## the tarball builds, passes its tests (or those of T=word), installs, uninstalls
	@rm -rf build/distcheck && mkdir -p build/distcheck
	@tar -xzf $(DIST_TAR) -C build/distcheck
	$(ALONE) -C build/distcheck/$(DIST) WERROR=1
	$(ALONE) -C build/distcheck/$(DIST) WERROR=1 check $(if $(T),T='$(T)')
	@cd build/distcheck/$(DIST) && ! $(ALONE) dist 2>/dev/null || \
		{ echo 'distcheck: make dist works where there is no clone' >&2; exit 1; }
	$(ALONE) -C build/distcheck/$(DIST) WERROR=1 install prefix=/usr DESTDIR='$(CURDIR)/build/distcheck/tree'
	build/distcheck/tree/usr/bin/kqtop --version
	@cd build/distcheck/tree/usr && ls bin/kqtop share/man/man1/kqtop.1 share/doc/kqtop/LICENSE \
		share/bash-completion/completions/kqtop share/zsh/site-functions/_kqtop \
		share/fish/vendor_completions.d/kqtop.fish >/dev/null
	$(ALONE) -C build/distcheck/$(DIST) uninstall prefix=/usr DESTDIR='$(CURDIR)/build/distcheck/tree'
	@left=$$(find build/distcheck/tree -mindepth 1); test -z "$$left" || \
		{ echo "distcheck: left after uninstall: $$left" >&2; exit 1; }
	@rm -rf build/distcheck
	@echo 'distcheck: $(DIST_TAR) builds, passes, installs and goes'

# In a folder of its own name, as a Debian source package wants it. DEB_BUILD_OPTIONS
# goes through (nocheck, nodoc, parallel=2). The maintainer is nobody's address: whoever
# hands the package on sets DEBEMAIL and DEBFULLNAME, as for Debian's own tools.
DEB_DIR ?= build/deb
deb: dist ## build/deb/kqtop_*.deb, looked at by lintian where that is installed
	@$(DEPS_TOOL) check dpkg-dev debhelper
	@rm -rf $(DEB_DIR) && mkdir -p $(DEB_DIR)
	@cp $(DIST_TAR) $(DEB_DIR)/kqtop_$(VERSION).orig.tar.gz
	@tar -xzf $(DIST_TAR) -C $(DEB_DIR)
	@cp -R $(DEB_DIR)/$(DIST)/docs/packaging/debian $(DEB_DIR)/$(DIST)/debian
	@test -z "$$DEBEMAIL" || sed -i "s/The kqtop authors <.*>/$${DEBFULLNAME:-kqtop} <$$DEBEMAIL>/" \
		$(DEB_DIR)/$(DIST)/debian/control $(DEB_DIR)/$(DIST)/debian/changelog
	@cd $(DEB_DIR)/$(DIST) && env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS -u PROFILE \
		dpkg-buildpackage -us -uc -j$(CORES) >../build.log 2>&1 || { tail -n 40 ../build.log >&2; exit 1; }
	@cd $(DEB_DIR) && if command -v lintian >/dev/null; then \
		lintian --allow-root --info --fail-on error,warning *.changes; \
		else echo 'lintian is not installed: not looked at'; fi
	@ls $(DEB_DIR)/*.deb

.PHONY: clean
clean: ## remove build/
	rm -rf build

.PHONY: help
help: ## this list
	@echo 'make [PROFILE=release|debug|asan|tsan|cov] [TARGET]; more variables: top of Makefile'
	@sed -n 's/^\([A-Za-z_.\/-]*\):.*## \(.*\)/\1|\2/p' Makefile | \
		awk -F'|' '{ printf "  %-22s %s\n", $$1, $$2 }'

# ---- 6. Checks -----------------------------------------------------------------

# Systems that are not at hand: what needs libc and libm only, and a small program
# over it, compiled with -Werror and linked by a compiler that brings their headers
# and libraries. It comes from PyPI into a virtual environment below build/; ZIG="..."
# takes one that is there already.
# musl is Linux with another libc: its program runs here too.
CROSS := aarch64-macos x86_64-macos x86_64-freebsd x86_64-netbsd x86_64-openbsd \
	x86_64-linux-musl aarch64-linux-musl
CROSS_OS_musl := Linux
CROSS_EVENTQ_musl := epoll
CROSS_OS_macos := Darwin
CROSS_OS_freebsd := FreeBSD
CROSS_OS_netbsd := NetBSD
CROSS_OS_openbsd := OpenBSD
# Its headers are those of NetBSD 11, which call a kevent that 10's libc has not.
CROSS_VERSION_netbsd := .11.0
ZIG_VERSION := 0.17.1
ZIG_VENV := build/zig-$(ZIG_VERSION)
ZIG ?= $(ZIG_VENV)/bin/python -m ziglang

.PHONY: cross
cross: ## libkqtop-core.a and a program for $(CROSS)
	@for t in $(CROSS); do \
		$(MAKE) --no-print-directory cross-$$t || exit; done

cross-%: SYSTEM = $(lastword $(subst -, ,$*))
cross-%: $(if $(filter file,$(origin ZIG)),$(ZIG_VENV)/done) FORCE
	@ZIG_GLOBAL_CACHE_DIR='$(CURDIR)/build/zig-cache' ZIG_LOCAL_CACHE_DIR='$(CURDIR)/build/zig-cache' \
		$(MAKE) --no-print-directory $(PARALLEL) B=build/cross/$* OS=$(CROSS_OS_$(SYSTEM)) \
		CC='$(ZIG) cc -target $*$(CROSS_VERSION_$(SYSTEM))' AR='$(ZIG) ar' EVENTQ=$(or $(CROSS_EVENTQ_$(SYSTEM)),kqueue) WERROR=1 PKG_CONFIG=false CROSSING=1 \
		build/cross/$*/tests/cross/waits
	@printf '  %-5s %s\n' CROSS "$$(file -b build/cross/$*/tests/cross/waits 2>/dev/null | cut -c 1-70)"
	@case $* in $(shell uname -m)-linux-*) build/cross/$*/tests/cross/waits ;; esac

$(ZIG_VENV)/done:
	$(PYTHON) -m venv $(ZIG_VENV)
	$(ZIG_VENV)/bin/python -m pip install --quiet --disable-pip-version-check ziglang==$(ZIG_VERSION)
	@touch $@

# Linux on another processor: the whole program and its C tests by Debian's cross compiler
# (gcc-aarch64-linux-gnu), against libraries unpacked below build/, run by qemu-user-static.
# Not test_load: its keeper is the program once more, by exec, and without binfmt_misc, which
# only root can set for the whole machine, the kernel does not know how to start it.
AARCH64 := build/aarch64
AARCH64_ROOT := $(CURDIR)/$(AARCH64)-root
AARCH64_CC ?= aarch64-linux-gnu-gcc
AARCH64_RUN ?= qemu-aarch64-static -L $(AARCH64_ROOT)/root
AARCH64_TESTS := $(filter-out %/test_load %_kqueue,$(patsubst %.c,$(AARCH64)/%, \
	$(wildcard tests/unit/test_*.c tests/unit/fault_*.c tests/contract/test_*.c tests/fuzz/fuzz_*.c)))
.PHONY: check-aarch64
check-aarch64: $(AARCH64_ROOT)/done ## C tests on emulated aarch64 Linux (Debian: gcc-aarch64-linux-gnu qemu-user-static)
	@$(MAKE) --no-print-directory $(PARALLEL) B=$(AARCH64) OS=Linux EVENTQ=epoll HTTP=no CROSSING=1 WERROR=1 \
		CC='$(AARCH64_CC) --sysroot=$(AARCH64_ROOT)/root' AR='$(patsubst %gcc,%ar,$(lastword $(AARCH64_CC)))' \
		COMPLETER='$(AARCH64_RUN) $(AARCH64)/kqtop' \
		PKG_CONFIG='env PKG_CONFIG_LIBDIR=$(AARCH64_ROOT)/root/usr/lib/aarch64-linux-gnu/pkgconfig PKG_CONFIG_SYSROOT_DIR=$(AARCH64_ROOT)/root pkg-config' \
		all $(AARCH64_TESTS)
	@KQTOP='$(CURDIR)/$(AARCH64)/kqtop' KQT_PROFILE=release KQT_BUILD='$(CURDIR)/$(AARCH64)' KQT_WITHOUT=microhttpd \
		$(PYTHON) tests/run --under '$(AARCH64_RUN)' $(if $(T),--only '$(T)') $(AARCH64_TESTS)

$(AARCH64_ROOT)/done: tests/cross/sysroot
	tests/cross/sysroot $(AARCH64_ROOT) arm64 libcmocka-dev libjansson-dev zlib1g-dev libinih-dev libncurses-dev

$(B)/tests/cross/waits: $(B)/tests/cross/waits.o $(CORE_LIB)
	$(say) LINK $@
	$(Q)$(LINK) -o $@ $^ $(CORE_LIBS) $(LDLIBS) -lm

HEADERS = $(sort $(wildcard engine/*.h engine/*/*.h tui/*.h tui/*/*.h))
C_SRC = $(sort $(CORE_SRC) $(FULL_SRC) $(TUI_SRC))
C_FILES = $(sort $(wildcard engine/*.[ch] engine/*/*.[ch] engine/*/*/*.[ch] tui/*.[ch] tui/*/*.[ch] \
	tests/*/*.[ch]))

CHECKS := check-layers check-headers check-format check-tidy check-cppcheck check-threads check-docs
.PHONY: lint $(CHECKS) format
lint: $(CHECKS) ## all the checks below

check-layers: all ## includes follow the arrows of the architecture
	@$(PYTHON) tests/checks/layers.py $(B)

check-headers: | needs ## every header compiles alone, with gcc and with clang
	@tests/checks/headers '$(KQT_CPPFLAGS) $(CPPFLAGS) -std=c17 $(WARNINGS)' $(HEADERS)

check-format: | needs-lint ## clang-format would change nothing
	@clang-format --dry-run -Werror $(C_FILES)

# One file a process, all cores; output only of files that have something.
check-tidy: build/compile_commands.json | needs-lint ## clang-tidy
	@printf '%s\n' $(C_SRC) | xargs -n 1 -P $(CORES) sh -c \
		'out=$$(clang-tidy -p build --quiet --warnings-as-errors="*" "$$1" 2>&1) || \
		{ printf "%s\n" "$$out"; exit 1; }' tidy

# cppcheck has no name for C17, which is C11 with corrections.
check-cppcheck: | needs-lint ## cppcheck
	@cppcheck --quiet --std=c11 --enable=warning,performance,portability --inline-suppr \
		--suppress=missingIncludeSystem --error-exitcode=1 -j $(CORES) \
		-D__GNUC__=12 -D_GNU_SOURCE -D__linux__ -I. $(C_SRC)

check-threads: | needs-lint ## clang proves who may touch what (thread roles)
	@for f in $(filter engine/%,$(C_SRC)); do \
		$(CLANG) $(KQT_CPPFLAGS) $(CPPFLAGS) -std=c17 -fsyntax-only \
			-Wthread-safety -Werror=thread-safety $$f || bad=1; \
	done; test -z "$$bad"

# Each file by itself, all cores; the same checks as scan-build, without its HTML. Not a
# part of lint, where clang-tidy runs most of them.
.PHONY: check-analyze
check-analyze: | needs-lint ## clang's static analyzer over engine, screen and their C tests
	@printf '%s\n' $(ANALYZED) | xargs -n 1 -P $(CORES) sh -c \
		'out=$$("$$@" 2>&1); test -z "$$out" || { printf "%s\n" "$$out"; exit 1; }' analyze \
		$(CLANG) --analyze --analyzer-output text $(KQT_CPPFLAGS) $(CMOCKA_CFLAGS) $(CPPFLAGS) -std=c17 \
		$(ANALYZE) -o /dev/null
# Not those of padding and of loops that count in doubles: both are on purpose here.
ANALYZED ?= $(C_SRC) $(TEST_SRC) $(SUPPORT_SRC) $(FUZZ_SRC) $(BENCH_SRC)
ANALYZE := -Xclang -analyzer-checker=optin.portability,nullability

# Also not a part of lint: these build the program several times, or a whole system.
.PHONY: check-reproducible check-deb check-readme-tree
check-reproducible: dist ## two folders give the same bytes: program, tarball, Debian package
	@tests/checks/reproducible '$(DIST_TAR)'

check-deb: ## the Debian package in a clean Debian tree (root, debootstrap, network)
	@$(DEPS_TOOL) check debootstrap
	@test -n "$$(ls build/deb/kqtop_*.deb 2>/dev/null)" || $(MAKE) --no-print-directory deb
	@tests/checks/tree deb build/deb/kqtop_*.deb

check-readme-tree: dist ## README's two commands in a clean Debian tree (root, network; slow)
	@$(DEPS_TOOL) check debootstrap
	@tests/checks/tree readme '$(DIST_TAR)'

# Not a part of lint: R is large and its values are in the tests already.
.PHONY: check-r
check-r: ## R still says what tests/data/stats_r.tsv has of it (needs Rscript)
	@Rscript --vanilla tests/checks/stats.R 2>/dev/null | diff tests/data/stats_r.tsv - && \
		echo 'R agrees with tests/data/stats_r.tsv'

# Not part of lint: it needs Java and Debian's libhdrhistogram-java.
.PHONY: check-hlog-java
check-hlog-java: all ## HdrHistogram's Java tool reads a log that kqtop records now
	@PYTHONPATH=tests/support KQTOP='$(CURDIR)/$(B)/kqtop' $(PYTHON) tests/checks/hlog_java.py

# Not a part of check: prometheus is large. DEPS: prometheus prometheus-node-exporter
.PHONY: check-fleet
check-fleet: all ## three kqtop serve under different loads, scraped by a real prometheus
	@KQTOP='$(CURDIR)/$(B)/kqtop' $(PYTHON) tests/fleet/run

check-docs: ## mandoc finds nothing wrong in the man pages
	@test -z '$(MANPAGES)' || mandoc -Tlint -W warning $(MANPAGES)

format: | needs-lint ## clang-format all C files in place
	clang-format -i $(C_FILES)

# For editors and clang-tidy. A command is a shell's line inside a JSON string:
# backslashes and double quotes are escaped once more.
.PHONY: compile_commands.json
compile_commands.json: build/compile_commands.json ## compile_commands.json below build/
build/compile_commands.json: FORCE
	@mkdir -p build
	@{ sep='['; for f in $(C_SRC) $(TEST_SRC) $(SUPPORT_SRC); do \
		printf '%s\n{"directory": "%s", "file": "%s", "command": "%s -c %s"}' "$$sep" \
			'$(CURDIR)' $$f \
			'$(subst ','\'',$(subst ",\",$(subst \,\\,$(COMPILE) $(CMOCKA_CFLAGS))))' $$f; \
		sep=','; done; echo ']'; } >$@
