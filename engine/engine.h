/* SPDX-License-Identifier: MIT */
/* What tui/ sees of the engine: this header and the ones it names. The engine
 * never prints and never exits. */
#ifndef KQT_ENGINE_H
#define KQT_ENGINE_H

#include "engine/base/annot.h"
#include "engine/base/err.h"
#include "engine/base/kinds.h"
#include "engine/base/strbuf.h"
#include "engine/clock/clock.h"
#include "engine/clock/thread.h"
#include "engine/collect/session.h"
#include "engine/collect/session_feed.h"
#include "engine/config/config.h"
#include "engine/config/config_file.h"
#include "engine/config/text.h"
#include "engine/entropy/assess.h"
#include "engine/entropy/bytestat.h"
#include "engine/entropy/extract.h"
#include "engine/entropy/grain.h"
#include "engine/eventq/eventq.h"
#include "engine/hist/hist.h"
#include "engine/hist/hlog.h"
#include "engine/load/load.h"
#include "engine/metrics/http.h"
#include "engine/metrics/listen.h"
#include "engine/metrics/metrics.h"
#include "engine/metrics/textfile.h"
#include "engine/report/card.h"
#include "engine/report/compare.h"
#include "engine/report/fingerprint.h"
#include "engine/report/json_tree.h"
#include "engine/report/line.h"
#include "engine/report/measure.h"
#include "engine/report/recording.h"
#include "engine/report/report.h"
#include "engine/report/report_hlog.h"
#include "engine/report/stats.h"
#include "engine/report/summary.h"
#include "engine/report/sweep.h"
#include "engine/report/watch_json.h"

#endif
