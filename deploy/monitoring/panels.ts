/** One line, or family of lines, of a panel. */
export interface Target {
  readonly expr: string;
  /** With `{{label}}` for a label's value. */
  readonly legend: string;
}

/** One picture. */
export interface Panel {
  readonly title: string;
  readonly unit: "s" | "ops" | "short" | "bytes" | "percentunit";
  /** What to make of it. */
  readonly description: string;
  readonly targets: readonly Target[];
}

/** Panels below one heading. */
export interface Section {
  readonly title: string;
  readonly panels: readonly Panel[];
}

/** Median and 99th percentile of a histogram, by labels. */
function quantiles(histogram: string, by: readonly string[] = [], matchers = ""): Target[] {
  const labels = by.map((label) => `{{${label}}} `).join("");
  return [0.5, 0.99].map((q) => ({
    expr: `histogram_quantile(${q}, sum by (${["le", ...by].join(", ")}) (rate(${histogram}_bucket${matchers}[$__rate_interval])))`,
    legend: `${labels}p${q * 100}`,
  }));
}

const rate = (counter: string, by: readonly string[], matchers = ""): Target => ({
  expr: `sum by (${by.join(", ")}) (rate(${counter}${matchers}[$__rate_interval]))`,
  legend: by.map((label) => `{{${label}}}`).join(" "),
});

const gauge = (expr: string, legend: string): Target => ({ expr, legend });

/** What the dashboard shows: first what users feel, then where it comes from. */
export const sections: readonly Section[] = [
  {
    title: "Pods",
    panels: [
      {
        title: "Pod creation to attachment",
        unit: "s",
        description: "From a pod's creation until its interfaces are attached; scheduling is part of it.",
        targets: quantiles("kuryr_pod_creation_latency"),
      },
      {
        title: "Failures by reason",
        unit: "ops",
        description: "Reasons are those of the Events: docs/operate.md, Events.",
        targets: [
          rate("kuryr_reconcile_failures_total", ["kind", "reason"]),
          gauge("sum(rate(kuryr_port_readiness_total[$__rate_interval]))", "ports not bound"),
        ],
      },
      {
        title: "Services that work",
        unit: "short",
        description: "1 while the controller's last look found it working.",
        targets: [gauge("max by (service) (kuryr_up)", "{{service}}")],
      },
      {
        title: "Ports, and what is left",
        unit: "short",
        description: "Ports of this cluster; the project's quota (-1: no limit); addresses of the pods' subnets.",
        targets: [
          gauge("max(kuryr_ports)", "ports"),
          gauge("min by (resource) (kuryr_quota_free_count)", "quota left: {{resource}}"),
          gauge("min by (subnet_name, subnet_id) (kuryr_port_quota_per_subnet)", "addresses left: {{subnet_name}}"),
        ],
      },
    ],
  },
  {
    title: "Pools of ports",
    panels: [
      {
        title: "Ports by what they do",
        unit: "short",
        description: "Ports that wait for a pod, rest after one, are with pods, are being made.",
        targets: [gauge("max by (state) (kuryr_vif_pool_ports)", "{{state}}")],
      },
      {
        title: "Ports that wait, by node",
        unit: "short",
        description: "Pods of a node without any wait until Neutron has made theirs.",
        targets: [
          gauge("max by (node) (kuryr_vif_pool_idle_ports)", "{{node}}"),
          gauge("max(kuryr_vif_pool_claims)", "Neutron is yet to be told of"),
        ],
      },
      {
        title: "Pods served",
        unit: "ops",
        description: "hit: from a pool. miss: Neutron made a port while the pod waited.",
        targets: [rate("kuryr_vif_pool_requests_total", ["result"])],
      },
      {
        title: "Ports made and deleted in advance",
        unit: "ops",
        description: "Deletions by their reason; bulk requests that are under way.",
        targets: [
          rate("kuryr_vif_pool_deletions_total", ["reason"]),
          gauge("max(kuryr_vif_pool_bulk_requests)", "bulk requests"),
        ],
      },
    ],
  },
  {
    title: "Controllers",
    panels: [
      {
        title: "Who leads",
        unit: "short",
        description: "1 in the controller that leads. Exactly one does, but for some seconds after a death.",
        targets: [gauge("kuryr_leader", "{{instance}}")],
      },
      {
        title: "Releases that wait",
        unit: "short",
        description: "KuryrPorts of pods that went, whose ports Neutron still has: they drain once it answers.",
        targets: [gauge("max(kuryr_releases_waiting)", "KuryrPorts")],
      },
      {
        title: "Writes refused by the fence",
        unit: "ops",
        description: "A controller that had lost its Lease was in the middle of something: another one does it.",
        targets: [rate("kuryr_fenced_requests_total", ["api"])],
      },
    ],
  },
  {
    title: "Work queues of the controller",
    panels: [
      {
        title: "Keys that wait",
        unit: "short",
        description: "Those that wait after a failure included.",
        targets: [gauge("sum by (name) (kuryr_workqueue_depth)", "{{name}}")],
      },
      {
        title: "Keys added and retried",
        unit: "ops",
        description: "Retries are keys put back after a failure.",
        targets: [
          { ...rate("kuryr_workqueue_adds_total", ["name"]), legend: "{{name}} added" },
          { ...rate("kuryr_workqueue_retries_total", ["name"]), legend: "{{name}} retried" },
        ],
      },
      {
        title: "Waiting in the queue",
        unit: "s",
        description: "From ready to taken: grows when all workers are busy.",
        targets: quantiles("kuryr_workqueue_queue_duration_seconds", ["name"]),
      },
      {
        title: "Work on one key",
        unit: "s",
        description: "Mostly Neutron's time.",
        targets: quantiles("kuryr_workqueue_work_duration_seconds", ["name"]),
      },
    ],
  },
  {
    title: "OpenStack",
    panels: [
      {
        title: "Requests by operation",
        unit: "ops",
        description: "HTTP exchanges, repeated ones included.",
        targets: [rate("kuryr_openstack_requests_total", ["service", "operation"])],
      },
      {
        title: "Answers that are not ok",
        unit: "ops",
        description: "404 and 409 may be in order; 5xx, 429 and no_answer are not.",
        targets: [rate("kuryr_openstack_requests_total", ["operation", "outcome"], '{outcome!="ok"}')],
      },
      {
        title: "Requests at once",
        unit: "short",
        description: "What a service is taken to bear, and what is held back for that: it answers slowly.",
        targets: [
          gauge("max by (service) (kuryr_openstack_concurrency)", "{{service}}"),
          gauge("max by (service) (kuryr_openstack_waiting)", "{{service}}: waiting"),
        ],
      },
      {
        title: "Duration by operation",
        unit: "s",
        description: "To the end of the answer.",
        targets: quantiles("kuryr_openstack_request_duration_seconds", ["operation"]),
      },
    ],
  },
  {
    title: "Kubernetes API",
    panels: [
      {
        title: "The controller's requests",
        unit: "ops",
        description: "HTTP exchanges; a watch is one.",
        targets: [rate("kuryr_kubernetes_requests_total", ["verb", "resource"])],
      },
      {
        title: "Answers that are not ok",
        unit: "ops",
        description: "Of the controller's requests.",
        targets: [rate("kuryr_kubernetes_requests_total", ["verb", "resource", "outcome"], '{outcome!="ok"}')],
      },
      {
        title: "Duration, all of Kuryr",
        unit: "s",
        description: "Of a watch the time to its beginning.",
        targets: quantiles("kuryr_kubernetes_request_duration_seconds", ["verb"]),
      },
    ],
  },
  {
    title: "Nodes",
    panels: [
      {
        title: "CNI calls",
        unit: "s",
        description: "How long the container runtime waited.",
        targets: quantiles("kuryr_cni_request_duration_seconds", ["command"]),
      },
      {
        title: "CNI calls that failed",
        unit: "ops",
        description: "The runtime repeats ADD and DEL.",
        targets: [rate("kuryr_cni_request_duration_seconds_count", ["instance", "command"], '{error="true"}')],
      },
      {
        title: "Phases of an ADD",
        unit: "s",
        description: "wait is Neutron's and the controller's, installed the backend's.",
        targets: quantiles("kuryr_cni_add_phase_seconds", ["phase"]),
      },
      {
        title: "Attachments and KuryrPorts",
        unit: "short",
        description: "Of each node.",
        targets: [
          gauge("kuryr_cni_attachments", "{{instance}} attachments"),
          gauge("kuryr_cni_kuryrports", "{{instance}} KuryrPorts"),
        ],
      },
    ],
  },
  {
    title: "Processes",
    panels: [
      {
        title: "Memory",
        unit: "bytes",
        description: "Resident.",
        targets: [
          gauge("process_resident_memory_bytes and on (instance) kuryr_event_loop_lag_seconds", "{{instance}}"),
        ],
      },
      {
        title: "Processor time",
        unit: "percentunit",
        description: "1 is one processor.",
        targets: [
          gauge(
            "rate(process_cpu_seconds_total[$__rate_interval]) and on (instance) kuryr_event_loop_lag_seconds",
            "{{instance}}",
          ),
        ],
      },
      {
        title: "Held up",
        unit: "s",
        description: "How long the process did not come to its work, 99th percentile of some seconds.",
        targets: [gauge('kuryr_event_loop_lag_seconds{percentile="99"}', "{{instance}}")],
      },
      {
        title: "Open files",
        unit: "short",
        description: "A number that grows for days is a leak.",
        targets: [gauge("process_open_fds and on (instance) kuryr_event_loop_lag_seconds", "{{instance}}")],
      },
    ],
  },
];
