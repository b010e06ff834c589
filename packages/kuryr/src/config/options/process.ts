import { ignored, option, port, replaced, type OptionSections } from "../option.ts";

const logging = "Logs are JSON lines on standard error; the container runtime keeps them.";
const format = "Log lines have one format.";
const rate = "Log lines are not limited.";

/**
 * Options of every process: logging, probes, metrics. Names are oslo.log's, oslo.concurrency's and those of
 * `kuryr_kubernetes/config.py`.
 */
export const processOptions = {
  DEFAULT: {
    debug: option("boolean", false, "Log what is of use to developers too."),
    log_config_append: ignored("string", "", logging, { aliases: ["log_config"] }),
    log_date_format: ignored("string", "%Y-%m-%d %H:%M:%S", format),
    log_file: ignored("string", "", logging, { aliases: ["logfile"] }),
    log_dir: ignored("string", "", logging, { aliases: ["logdir"] }),
    watch_log_file: ignored("boolean", false, logging),
    use_syslog: ignored("boolean", false, logging),
    use_journal: ignored("boolean", false, logging),
    syslog_log_facility: ignored("string", "LOG_USER", logging),
    use_json: ignored("boolean", true, format),
    use_stderr: ignored("boolean", true, logging),
    use_eventlog: ignored("boolean", false, logging),
    log_color: ignored("boolean", false, format),
    log_rotate_interval: ignored("integer", 1, logging),
    log_rotate_interval_type: ignored("string", "days", logging),
    max_logfile_count: ignored("integer", 30, logging),
    max_logfile_size_mb: ignored("integer", 200, logging),
    log_rotation_type: ignored("string", "none", logging),
    logging_context_format_string: ignored("string", "", format),
    logging_default_format_string: ignored("string", "", format),
    logging_debug_format_suffix: ignored("string", "", format),
    logging_exception_prefix: ignored("string", "", format),
    logging_user_identity_format: ignored("string", "", format),
    default_log_levels: ignored("list", "", "The levels of Python libraries that are not there."),
    publish_errors: ignored("boolean", false, "Errors go to the log and to Events."),
    instance_format: ignored("string", "", format),
    instance_uuid_format: ignored("string", "", format),
    rate_limit_interval: ignored("integer", 0, rate),
    rate_limit_burst: ignored("integer", 0, rate),
    rate_limit_except_level: ignored("string", "CRITICAL", rate),
    fatal_deprecations: ignored("boolean", false, "Deprecated options are warnings."),
    verbose: replaced("boolean", true, "debug: what is not for developers is always logged"),
    pybasedir: ignored("string", "", "There are no Python modules."),
    bindir: ignored("string", "/usr/libexec/kuryr", "Interfaces are plugged without binding scripts."),
    subnetpool_name_prefix: ignored("string", "kuryrPool", "It belongs to kuryr-libnetwork."),
    deployment_type: ignored("string", "baremetal", "The VIF driver says whether nodes are bare metal or nested."),
  },
  oslo_concurrency: {
    lock_path: ignored("string", "", "Nothing is locked by files."),
    disable_process_locking: ignored("boolean", false, "Nothing is locked by files."),
  },
  health_server: {
    port: port(8082, "Port of the controller's /ready and /alive."),
  },
  cni_health_server: {
    port: port(8090, "Port of the daemon's /ready and /alive."),
    max_memory_usage: option(
      "integer",
      -1,
      "MiB that the daemon may use, with all processes of its control group, before it is not alive; -1 is no limit.",
      { min: -1 },
    ),
    cg_path: option(
      "string",
      "/sys/fs/cgroup/memory/system.slice/kuryr-cni.service",
      "Control group of a daemon that runs outside a container.",
    ),
  },
  prometheus_exporter: {
    controller_exporter_port: port(9654, "Port of the controller's /metrics."),
    cni_exporter_port: port(9655, "Port of the daemon's /metrics."),
  },
} as const satisfies OptionSections;
