#include "console/roles.hpp"

#include <algorithm>

namespace wedgehog::console {

// Prints, checks or ends: the messenger.
constexpr std::string_view reporting_names =
    "process_type addr_has_* __check_object_size* __check_heap_object* __asan_* asm_call_* "
    "__assert assfail* "
    "__atomic_notifier* blocking_notifier* raw_notifier* atomic_notifier* "
    "bad_page* boot calltrap check_flags* check_heap_object check_memory_region* "
    "check_noncircular* check_object_size* check_panic_on_warn check_preemption_disabled "
    "check_region_inline cmn_err cmn_panic console_emit* console_flush* console_trylock* "
    "console_unlock *core6option* *core6result* *core9panicking* *core::option* "
    "*core::panicking* crash_* db_* *_debug_activate debug_assert_* debug_check_no_* "
    "__debug_check_no_obj* *_debug_deactivate __debug_object_* debug_object_* "
    "debug_print_object debug_smp_processor_id Debugger _dev_* __die* die die_* die+* "
    "doadump *dump_backtrace* dump_mapping __dump_page* dump_page* __dump_stack dump_stack* "
    "dump_vmalloc* dumpsys* err_print fixup_bug* fm_panic __fortify_* fortify_* _get_mycpu "
    "handle_bug __hwasan_* is_valid_bugaddr *kasan* *_kcsan_* kcsan_* kdb_* kern_assert "
    "kern_reboot kerntrap *kfence_* kgdb_* __kmem_error kmem_error* kmemleak_* *kmsan* "
    "kobject_* kref_* lockdebug_* lockdep_* *lockdep_rcu* md_dumpsys memory_is_* might_* "
    "rcu_*sleep_check __might_fault __might_resched ___might_sleep __might_sleep __msan_* "
    "mutex_panic "
    "nested_*_warn netdev_err netdev_info netdev_warn nmi_panic notifier_call_chain "
    "notify_die object_err oops_* pageflttrap __panic* panic panic_* panicsys __phys_addr* "
    "__print_* print_* print_report* *printk* reacquire_* refcount_* report_bug* report_cfi* "
    "report_usercopy *rust_begin_unwind* rust_helper_* rust_panic* rustc* rw_panic "
    "rwlock_bug __sanitizer_* __schedule_bug __show_* show_regs* show_stack* show_trace* "
    "skb_over_panic __skb_panic skb_panic skb_under_panic slab_err snprintf spin_bug "
    "spin_dump __stack_chk_fail stack_guard_* stack_trace_consume* __this_cpu_preempt_check "
    "trap_fatal trap_pfault __tsan_* turnstile_* *ubsan_* unwind_frame usercopy_* va_format "
    "vcmn_err __virt_addr_valid __virt_to_phys* virt_to_phys* vpanic vsnprintf "
    "*panic* spl_debug_* spl_dumpstack* spl_cmn_err dblfault_handler watchdog_overflow_callback "
    "watchdog_hardlockup_* watchdog_check_hardlockup* *perf_event_overflow* *pmu_handle_irq* "
    "walk_stackframe __warn* warn_slowpath* warn_alloc* watchdog_timer_fn _witness_* witness_* "
    "write_comp_data ";

// Entry of exceptions and interrupts.
constexpr std::string_view trapping_names =
    "alltraps* arm64_*fault data_abort handle_el* do_el1h_* do_el0_sync cpu_exception_handler* "
    "do_trap_supervisor page_fault_handler vm_fault vm_fault_* asm_exc_* asm_sysvec_* *bad_area* "
    "bad_mode __bad_stack "
    "brk_handler bug_handler call_break_hook calltrap _cmntrap cmntrap common_interrupt* "
    "__dabt_* data_access_common* default_do_nmi die_nmi* divide_error do_alignment* "
    "do_DataAbort do_debug_exception do_divide_error do_double_fault do_error_trap "
    "do_general_protection do_int3 do_invalid_op __do_irq* do_IRQ do_kern_addr_fault "
    "__do_kernel_fault do_mem_abort do_nmi* do_page_*fault* do_PrefetchAbort do_sp_pc_abort "
    "do_stack_segment do_tag_* do_translation_fault do_trap* do_undef* do_user_addr_fault "
    "double_fault early_*_handler* el0_* el0t_* el1 el1_* el1h_* end_repeat_nmi error_code "
    "error_entry *_error_exit exc_* fault_from_pkey first_nmi fixup_exception* "
    "general_protection handle_bad_stack handle_exception hypercall_* int3 interrupt_exit "
    "invalid_op __invoke_*bug* __irq_svc nmi nmi_handle* no_context overflow_stack "
    "*_page_fault* *page_fault panic_bad_stack perf_event_nmi* program_check* real_mode_* "
    "repeat_nmi restore_all ret_from_except* ret_from_intr savectx spurious_fault* "
    "stack_segment syscall_trace* __sysvec_* sysvec_* trap trap_* __und_* vector_* Xtrap* ";

// Gives out and takes back memory.
constexpr std::string_view allocating_names =
    "mtrash_* trash_* item_ctor item_dtor alloc_debug* alloc_page* *alloc_pages* __alloc_percpu* "
    "alloc_percpu* __alloc_skb "
    "alloc_skb* alloc_vmap* allocate_*slab* bio_alloc* bvec_alloc* cache_alloc* "
    "___cache_free __cache_free cache_free* cache_grow* check_object create_object "
    "deactivate_slab* __do_cache_alloc __do_kmalloc* fail_dump fault_create* __folio_alloc* "
    "folio_alloc* free free_consistency* free_debug* free_page* __free_pages* free_unref_* "
    "*frozen_pages* fs_reclaim_* __get_free_* get_free_pages* get_page_from_* init_object* "
    "kasprintf kcalloc* kern_malloc kfree kfree_const kfree_sensitive __kfree_skb* "
    "kfree_skbmem ___kmalloc* __kmalloc* kmalloc kmalloc_array* kmalloc_fix* kmalloc_large* "
    "kmalloc_node* kmalloc_order* kmalloc_slab* kmalloc_trace* kmalloc_track* __kmem_* "
    "kmem_alloc *kmem_cache_* kmem_free kmem_zalloc *_kmemdup* kmemdup* krealloc* kstrdup* "
    "kvasprintf* kvfree* kvrealloc* kzalloc* kzfree *_large_kmalloc* malloc mb_free* "
    "*_memdup* memdup_* mempool_* mt_alloc* __netdev_alloc* netdev_alloc* new_slab* *_noprof "
    "pcpu_* percpu_* poison_* pool_cache_* pool_do_get pool_do_put pool_get pool_p_* "
    "pool_put poolpage* post_alloc_hook* prep_new_page* put_cpu_partial qlist_* quarantine_* "
    "__rcu_free* segkmem_* set_track* __should_fail* should_fail* sk_alloc sk_prot_alloc "
    "*slab *slab_* ___slab* sock_kmalloc* uma_* vfree vm_area_alloc vma_alloc_* *vmalloc* "
    "vmap vmem_* vmemdup* vzalloc* ";

// Copies, compares, formats, sums, ciphers: works on bytes for its caller.
constexpr std::string_view copying_names =
    "aes_* aesti_* ahash_* __arch_copy* arch_copy* bcmp bcopy bitmap_list_string "
    "bitmap_string blake2* chacha_* clear_page* __clear_user* clear_user* __copy_* _copy_* "
    "*_copy_from_iter* *copy_from_user* copy_page* *_copy_to_iter* *copy_to_user* "
    "copy_user_* *copyin *copyin* *copyout *copyout* crc* crypto_* __csum_* csum_* "
    "dentry_name des_* do_csum error_string escaped_string format_decode fortify_* gcm_* "
    "get_unaligned* __get_user* get_user_*byte* ghash_* hex_dump* hex_string *_highpage* "
    "inflate* instrument_* _iov_iter* iov_iter_* ip4_addr_string* ip6_addr_string* "
    "ip_addr_string *jhash* kcov_* lib_*crypt* lz4_* m_copydata mac_address_string memchr* "
    "memcmp* *__memcpy* memcpy* __memmove* memmove* *__memset* memset* nla_*memcpy "
    "nla_memcpy nla_strlcpy nla_strscpy number __pi_* pointer poly1305* print_hex* *printf* "
    "ptr_to_id put_unaligned* __put_user* raw_copy_* __read_once_size* read_word_at* "
    "rep_movs* restricted_pointer sha*_transform* sha1_* sha256_* sha512_* shash_* "
    "simple_copy* simple_read_from_buffer simple_write_to_buffer siphash* __skb_copy_* "
    "skb_copy_* skb_store_bits skcipher_* special_hex_number strcasecmp strcat* strchr* "
    "strcmp* strcpy strim string string_nocheck strlcat strlcpy* strlen* strn* strpbrk "
    "strscpy* strsep strstr symbol_string uuid_string widen_string __write_once_size* xts_* "
    "xxh* zlib_* ZSTD_* ";

// Takes and gives back locks, and checks that it was done right.
constexpr std::string_view locking_names =
    "assign_lock_key atomic_dec_and_*lock* _atomic_dec_and_lock* bit_spin_* check_prev* "
    "__check_prevs* check_usage* check_wait_context class_*_constructor class_*_destructor "
    "console_trylock* console_unlock do_raw_* __down __down_* down down_* find_lock* "
    "*flush_workqueue* __folio_lock* folio_lock* folio_unlock jbd2_might* ldsem* "
    "__local_bh_* local_bh_* local_lock* *__lock_acquire* lock_acquire* lock_contend* "
    "lock_downgrade* lock_is_held* __lock_page* lock_page* *__lock_release* lock_release* "
    "lock_set_* __lock_sock* lock_sock* lockmgr* lockref_* look_up_lock_class mark_lock* "
    "mcs_* mutex_own* rw_own* __mtx_* _mtx_* mtx_* *mutex_*trylock* mutex_destroy mutex_enter* "
    "mutex_exit* "
    "*mutex_lock* mutex_spin* mutex_trylock* *mutex_unlock* mutex_vector_* native_queued_* "
    "*_optimistic_spin osq_* __percpu_* percpu_down_* percpu_up_* __pv_queued* pv_queued_* "
    "pv_wait* queue_lock* queued_read_* *queued_spin_* queued_write_* *raw_read_* "
    "*raw_spin_* *raw_write_* rcu_lock_* rcu_read_lock* rcu_read_unlock* reacquire_* "
    "*_read_lock read_lock* read_unlock* register_lock_class release_sock *_rq_lock* rrw_* "
    "rspin_* __rt_mutex_* rt_mutex_* rt_spin_* __rw_* _rw_* rw_destroy rw_enter* rw_exit* "
    "rw_vector* __rwlock* *rwsem_* seqcount_* _sleep *_spin_lock* spin_lock* spin_trylock* "
    "spin_unlock* spinlock_* srcu_* static_obj _sx_* sx_* tty_ldisc_lock* tty_lock* "
    "unlock_page __up_* up up_read* up_write* valid_state validate_chain *_write_lock "
    "write_lock* write_unlock* ww_mutex_* ";

// Small parts that fail on behalf of their caller: lists, trees, bits, timers, work items,
// reference counts, the driver core.
constexpr std::string_view bricks_names =
    // Reads a clock: left on a stack, never where somebody waits.
    "ktime_get* *sched_clock* read_tsc getrawmonotonic timekeeping_get_* kvm_clock_* pvclock_* "
    "add_timer* add_uevent_var arch_*_cpu* arch_atomic* arch_local* arch_stack_walk* "
    "arch_static* atomic_* atomic64_* *_bit_le bpf_dispatcher_* ___bpf_prog_run "
    "__bpf_prog_run* bpf_prog_run* bsearch bus_add_* bus_remove_* __call_rcu* call_rcu* "
    "cancel_delayed* __cancel_work* cancel_work* __clear_bit clear_bit* cmp_ex_* cmpxchg* "
    "complete complete_all *compound_head constant_test_bit css_get* css_put* __d_lock* "
    "d_lock* debug_* __del_timer* del_timer* depot_* destroy_workqueue detach_if_pending "
    "detach_timer device_*file* device_add device_create* device_del device_initialize "
    "device_register device_release device_unbind* device_unregister devres_* dpm_* "
    "drain_workqueue driver_*_file drop_nlink ERR_PTR __fdget* fdget* __fget* fget* _find_* "
    "find_first_* find_next_* finish_wait __flush_work* flush_work* get_device* get_page "
    "get_work_* __hlist_* hlist_* __hrtimer_* hrtimer_* hwrng_unregister ida_* idr_* "
    "in_*byte *indirect_thunk* INIT_LIST_HEAD init_timer* __init_waitqueue* init_waitqueue* "
    "__init_work insert_work instrument_atomic* internal_add_timer IS_ERR* "
    "*_is_static_object kernfs_add_one kernfs_find_ns kernfs_remove_by_name* kfree_rcu* "
    "kill_fasync klist_* kmap_* kobj_* kthread_stop* kunmap_* __list_* list_add* list_del* "
    "list_empty* list_insert* list_move* list_remove* list_splice* lock_timer_base mas_* "
    "memcg_* memcpy_*page* __mod_*_page_state mod_*_page_state mod_delayed_work* "
    "__mod_timer* mod_timer* mtree_* mtx_destroy native_* obj_cgroup_* out_*byte page_ref_* "
    "paravirt_* __percpu_counter* percpu_counter_* percpu_ref_* perf_trace_* __pm_runtime_* "
    "pm_runtime_* __preempt_* preempt_count_* prepare_to_wait* __proc_create proc_create* "
    "_proc_mkdir* proc_mkdir* proc_register proc_remove* __pskb_* pskb_* put_device "
    "put_page* put_pid put_task_struct* pv_* __pwq_* __queue_delayed* queue_delayed* "
    "__queue_work* queue_work* __radix_tree_* radix_tree_* __raw_* raw_atomic* __rb_* "
    "rb_erase* rb_first rb_insert* rb_next rb_prev rb_set_parent* rcu_*lockdep* "
    "rcu_is_watching rcu_lockdep* __read_once* readl* ref_tracker_* refcount* release_nodes "
    "remove_proc_* retbleed_* __rhashtable_* rhashtable_* rpm_* __save_stack* save_stack* "
    "schedule_delayed* schedule_work* __SCT__* __set_bit set_bit* sg_*table* __skb_*queue* "
    "skb_dequeue* __skb_pull* skb_pull* skb_push* __skb_put* skb_put* skb_queue_* skb_unlink "
    "sort sort_r srso_* stack_trace_* start_flush_work static_call* static_key* swake_up* "
    "sx_destroy sysfs_* sysfs_warn_dup *_test_and_* test_and_* test_bit* this_cpu_* "
    "timer_delete* timer_shutdown* __trace_* trace_* try_to_del_timer* try_to_grab_pending "
    "try_to_wake_up* __unwind_* unwind_* usb_autopm_* usb_kill_* usb_poison_* usb_submit_urb "
    "usercopy* variable_test_bit VOP_* vop_* wait_on_* __wake_up* wake_up* __write_once* "
    "writel* __x86_return_thunk __xa_* xa_* xadd xas_* xchg ";

// What a wait helper is: a function that many subsystems call to sleep, and that does not know what
// for. The rule of each family, and then the names that no rule catches. A subsystem's own wait
// (zio_wait, xfs_log_force, jbd2's for one transaction) is a place and stays out.
constexpr std::string_view waiting_names =
    // The scheduler, and what takes a thread off a CPU: every sleeper stands on it.
    "__schedule* schedule* *_schedule_timeout* io_schedule* context_switch mi_switch swtch* "
    "__switch_to* resume _resume_from_idle sched_submit_work* ret_from_* "
    // Gives way and goes on.
    "___preempt_* preempt_* might_resched __cond_resched* _cond_resched cond_resched* "
    // Sleeps until woken or for a time: NAME_sleep, sleep_on_WHAT, tsleep.
    "_sleep msleep* tsleep* _tsleep sleepq* sleep_on_* *_sleep_on inode_sleep* usleep_* delay "
    "do_nanosleep wakeup* swake* finish_wait prepare_to_* "
    // Condition variables, under whatever underscores and endings.
    "cv_* _cv_* __cv_* str_cv* sema_p turnstile_block "
    // Waits for a bit to clear, and the actions that such a wait takes: nfs_wait_bit_killable.
    "bit_wait* *wait_on_bit* *_wait_bit* out_of_line_wait* sync_buffer sync_page* inode_wait "
    // wait_on_WHAT, wait_for_WHAT, wait_event_HOW: the caller knows why.
    "wait_on_* __wait_on_* wait_for_* __wait_for_* *_wait_for_completion* do_wait_for_* "
    "wait_event* __wait_event* do_wait_intr* wait_woken get_signal_wait io_wait* "
    // Waits for pages and folios to be read, written or unlocked.
    "*fdatawait* *write_and_wait* filemap_*wait* folio_wait_* __folio_wait* "
    "folio_put_wait_locked __lock_page* do_read_cache_folio "
    // Waits for requests, and for room to make one: tags, throttles.
    "blk_execute_rq* submit_bio_wait blk_wait_io blk_mq_freeze_queue* bt_get *_get_tag *_get_tags "
    "__rq_qos_* rq_qos_wait wbt_wait usb_bulk_msg usb_control_msg* usb_internal_control_msg "
    "usb_interrupt_msg usb_start_wait_urb "
    // Waits for a set of others: closures, RPCs, work items, RCU, CPUs.
    "*closure_sync* *closure_wait* *rpc_wait_* nfs_wait_* cancel_delayed_* __cancel_work* "
    "cancel_work_sync __flush_work* flush_work* taskq_wait* rcu_barrier* __wait_rcu_gp "
    "csd_lock_wait* stop_one_cpu kthread_park jbd2_log_wait_commit "
    // Locks that sleep.
    "down_* rt_mutex* rtlock_* __rwbase_* rwbase_* rwsem_down* "
    "__synchronize_hardirq synchronize_irq synchronize_net lwkt_* thread_suspend* __refrigerator ";

// Gives the CPU away in passing: what a task that was caught there is at stands below it.
constexpr std::string_view yielding_names =
    "__schedule schedule __cond_resched* _cond_resched cond_resched* preempt_schedule* "
    "___preempt_schedule* ";

// Ends a kernel.
constexpr std::string_view ending_names = "panic _panic vpanic nmi_panic panicsys ";

// Generic code that hands over to the specific: the entry of what does not end stands just
// above.
constexpr std::string_view dispatching_names =
    "amd64_syscall blkdev_common_ioctl __blkdev_driver_ioctl *blkdev_ioctl call_mmap "
    "call_read_iter call_timer_fn call_write_iter chrdev_open compat_blkdev* cpu_idle* "
    "cpu_startup_entry deliver_skb do_dentry_open do_el0_svc __do_fast_syscall* "
    "do_fast_syscall* __do_fault* do_fault* do_fsync do_idle do_int80_syscall* do_iter_* "
    "do_loop_readv* do_open_execat do_sock_getsockopt do_sock_setsockopt __do_softirq "
    "do_softirq* __do_syscall_* do_syscall_* do_SYSENTER_* do_vfs_ioctl el0_svc* "
    "entry_INT80* entry_SYSCALL* entry_SYSENTER* exit_to_user* expire_timers ____fput __fput "
    "generic_handle_irq* genl_family_rcv* genl_lock_dumpit genl_rcv* __handle_irq_event* "
    "handle_irq_event* handle_softirqs handle_syscall __hrtimer_run* hrtimer_run_queues* "
    "hrtimer_run_softirq ia32_sys_call invoke_softirq __invoke_syscall* invoke_syscall* "
    "__irq_exit* irq_exit* kernel_thread_starter ksys_* kthread kthread_worker_fn "
    "legacy_get_tree misc_open mmap_region mount_fs __napi_poll* napi_poll* net_rx_action "
    "net_tx_action *netif_receive_skb* __netlink_dump* netlink_dump* netlink_rcv_skb "
    "new_sync_read new_sync_write nfnetlink_rcv* path_openat process_one_work "
    "process_scheduled_works rcu_core* rcu_do_batch rest_init ret_fast_syscall* "
    "ret_from_fork* ret_from_kernel_thread rtnetlink_rcv* __run_hrtimer* run_ksoftirqd "
    "run_timer_* __run_timers* secondary_startup* security_* smpboot_thread_fn sock_close "
    "sock_common_* sock_do_ioctl sock_ioctl sock_read_iter sock_recvmsg* __sock_release "
    "sock_sendmsg* sock_write_iter start_kernel start_secondary __sys_getsockopt "
    "sys_getsockopt sys_ioctl sys_pread64 sys_pwrite64 sys_read sys_readv __sys_setsockopt "
    "sys_setsockopt sys_socketcall sys_syscall __sys_trace* sys_write sys_writev "
    "syscall_common syscall_return* sysenter_* system_call* task_work_run tasklet_action* "
    "tracesys* vfs_fallocate vfs_fsync* vfs_get_tree vfs_ioctl vfs_iter_* vfs_mkdir vfs_open "
    "__vfs_read vfs_read vfs_readv __vfs_write vfs_write vfs_writev worker_thread "
    "x64_sys_call ";

// The very bottom of a stack: says nothing even when nothing else is left.
constexpr std::string_view bottom_names =
    "amd64_syscall fast_syscall_common do_el0_svc __do_fast_syscall* do_fast_syscall* do_int80_* "
    "__do_syscall_* do_syscall_* do_SYSENTER_* el0_svc* entry_* exit_to_user* fork_exit "
    "fork_trampoline "
    "ia32_sys_call invoke_syscall* kthread process_one_work process_scheduled_works "
    "ret_fast_syscall* ret_from_fork* ret_from_kernel_thread sys_syscall syscall_* "
    "sysenter_* system_call* task_work_run thread_start worker_thread x64_sys_call ";

// A CPU with nothing to do.
constexpr std::string_view idling_names =
    "cpu_idle* cpu_startup_entry cpuidle_* default_idle* do_idle rest_init ";

// The interrupt that found a CPU stalled; below it is what the CPU was at.
constexpr std::string_view timer_interrupts_names =
    "*apic_timer_interrupt asm_common_interrupt asm_exc_nmi asm_sysvec_* "
    "call_function_*interrupt common_interrupt decrementer_common* do_IRQ el1_interrupt "
    "el1_irq el1h_64_irq end_repeat_nmi gic_handle_irq* __irq_svc nmi reschedule_interrupt "
    "ret_from_exception ret_from_intr timer_interrupt_common* ";

namespace {
bool fits(std::string_view wanted, std::string_view name) {
  bool const open_start = wanted.starts_with('*');
  bool const open_end = wanted.ends_with('*') && wanted.size() > 1;
  if (open_start) wanted.remove_prefix(1);
  if (open_end) wanted.remove_suffix(1);
  if (std::size_t const inner = wanted.find('*'); inner != std::string_view::npos) {
    std::string_view const tail = wanted.substr(inner + 1);
    if (!name.starts_with(wanted.substr(0, inner))) return false;
    std::size_t const at = name.find(tail, inner);
    return at != std::string_view::npos && (open_end || at + tail.size() == name.size());
  }
  if (open_start && open_end) return name.find(wanted) != std::string_view::npos;
  if (open_start) return name.ends_with(wanted);
  if (open_end) return name.starts_with(wanted);
  return name == wanted;
}
}  // namespace

name_list::name_list(std::string_view names) {
  while (!names.empty()) {
    std::size_t const end = std::min(names.find(' '), names.size());
    std::string_view const name = names.substr(0, end);
    if (name.find('*') == std::string_view::npos) {
      exact_.insert(name);
    } else {
      open_.push_back(name);
    }
    names.remove_prefix(std::min(end + 1, names.size()));
  }
}

bool name_list::contains(std::string_view name) const {
  return exact_.contains(name) ||
         std::any_of(open_.begin(), open_.end(),
                     [&](std::string_view wanted) { return fits(wanted, name); });
}

name_list const& reporting() {
  static name_list const list(reporting_names);
  return list;
}
name_list const& trapping() {
  static name_list const list(trapping_names);
  return list;
}
name_list const& allocating() {
  static name_list const list(allocating_names);
  return list;
}
name_list const& copying() {
  static name_list const list(copying_names);
  return list;
}
name_list const& locking() {
  static name_list const list(locking_names);
  return list;
}
name_list const& bricks() {
  static name_list const list(bricks_names);
  return list;
}
name_list const& waiting() {
  static name_list const list(waiting_names);
  return list;
}
name_list const& yielding() {
  static name_list const list(yielding_names);
  return list;
}
name_list const& ending() {
  static name_list const list(ending_names);
  return list;
}
name_list const& dispatching() {
  static name_list const list(dispatching_names);
  return list;
}
name_list const& bottom() {
  static name_list const list(bottom_names);
  return list;
}
name_list const& idling() {
  static name_list const list(idling_names);
  return list;
}
name_list const& timer_interrupts() {
  static name_list const list(timer_interrupts_names);
  return list;
}

}  // namespace wedgehog::console
