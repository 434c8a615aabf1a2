/*
 * IDE disks at the two channels of a PC (ATA/ATAPI-6), by bus-master DMA (SFF-8038i) where controller and drive can, else by PIO.
 *
 *	block queue --> start() --> command, and a table of pieces for the bus master --> interrupt --> done, again, or an error
 *
 * A channel does one command at a time for its two drives; each has its own elevator, and they take turns. A command that fails is tried
 * again, in the end by PIO; one that is never answered is ended by a reset.
 *
 * Pieces of memory are machine addresses: a page that a guest has lent goes straight from its memory to the disk.
 */
#include "block.h"
#include "machine.h"

/* Registers, from the channel's first port. */
enum { DATA, ERROR, COUNT_, LBA_LOW, LBA_MID, LBA_HIGH, DEVICE, STATUS };
#define FEATURES ERROR
#define COMMAND STATUS

#define STATUS_ERROR 0x01
#define STATUS_DATA 0x08
#define STATUS_FAULT 0x20
#define STATUS_BUSY 0x80

#define DEVICE_LBA 0xe0 /* with two bits that were always 1 */
#define DEVICE_SECOND 0x10

#define CONTROL_NO_INTERRUPT 0x02
#define CONTROL_RESET 0x04

#define COMMAND_IDENTIFY 0xec
#define COMMAND_SET_FEATURES 0xef
#define FEATURE_WRITE_CACHE 0x02
#define FEATURE_TRANSFER_MODE 0x03

/* The bus master of a channel, from its first port. */
enum { MASTER_COMMAND = 0, MASTER_STATUS = 2, MASTER_TABLE = 4 };
#define MASTER_START 0x01
#define MASTER_TO_MEMORY 0x08
#define MASTER_FAILED 0x02
#define MASTER_INTERRUPT 0x04

#define LAST_PIECE 0x8000
#define TRIES 4
#define PATIENCE (5 * SECOND)
#define POLLS 100000
#define LBA28_END (1u << 28)

struct piece {
	uint32_t address;
	uint16_t bytes, flags;
};

struct channel;

struct drive {
	struct block_device device;
	struct block_queue queue;
	struct channel *channel;
	bool second;
	bool there;
	bool dma, lba48;
	struct block_request *next; /* waits for the channel */
};

struct channel {
	uint16_t ports, control, master; /* master 0: none */
	uint32_t line;
	struct drive drives[2];
	struct drive *active;
	uint32_t tries;
	uint32_t piece, done; /* PIO: segment, and sectors of it that are done */
	struct piece *table;
	struct timer timer;
	struct work again;
};

static struct channel channels[2] = {
	{ .ports = 0x1f0, .control = 0x3f6, .line = 14 },
	{ .ports = 0x170, .control = 0x376, .line = 15 },
};
static const char *const names[2][2] = { { "hda", "hdb" }, { "hdc", "hdd" } };

static void put(const struct channel *channel, int reg, uint8_t value)
{
	out8((uint16_t)(channel->ports + reg), value);
}

static uint8_t get(const struct channel *channel, int reg)
{
	return in8((uint16_t)(channel->ports + reg));
}

/* The status without taking the interrupt away. */
static uint8_t peek(const struct channel *channel)
{
	return in8(channel->control);
}

/* Waits, as briefly as a drive needs to take notice, until the bits of `mask` are `wanted`. */
static bool poll(const struct channel *channel, uint8_t mask, uint8_t wanted)
{
	for (uint32_t i = 0; i < POLLS; i++)
		if ((peek(channel) & mask) == wanted)
			return true;
	return false;
}

/* --- commands --- */

/* By what is to be done and how: LBA28, LBA48. */
static const struct {
	uint8_t dma[2], pio[2];
} transfers[] = {
	[BLOCK_READ] = { .dma = { 0xc8, 0x25 }, .pio = { 0x20, 0x24 } },
	[BLOCK_WRITE] = { .dma = { 0xca, 0x35 }, .pio = { 0x30, 0x34 } },
	[BLOCK_FLUSH] = { .dma = { 0xe7, 0xea }, .pio = { 0xe7, 0xea } },
};

static bool by_dma(const struct channel *channel)
{
	return channel->active->dma && channel->tries + 1 < TRIES && channel->active->queue.running->operation != BLOCK_FLUSH;
}

/* Needs 48 bits: sectors beyond the 28-bit ones, or a drive whose cache may hold such. */
static bool is_long(const struct drive *drive, const struct block_request *request)
{
	if (request->operation == BLOCK_FLUSH)
		return drive->lba48;
	return request->sector + request->sectors > LBA28_END;
}

static void put_address(const struct channel *channel, const struct block_request *request, bool long_form)
{
	uint64_t sector = request->sector;
	uint8_t device = (uint8_t)(DEVICE_LBA | (channel->active->second ? DEVICE_SECOND : 0));

	if (long_form) { /* each register takes two bytes, the upper one first */
		put(channel, COUNT_, (uint8_t)(request->sectors >> 8));
		put(channel, LBA_LOW, (uint8_t)(sector >> 24));
		put(channel, LBA_MID, (uint8_t)(sector >> 32));
		put(channel, LBA_HIGH, (uint8_t)(sector >> 40));
	}
	put(channel, COUNT_, (uint8_t)request->sectors);
	put(channel, LBA_LOW, (uint8_t)sector);
	put(channel, LBA_MID, (uint8_t)(sector >> 8));
	put(channel, LBA_HIGH, (uint8_t)(sector >> 16));
	put(channel, DEVICE, (uint8_t)(device | (long_form ? 0 : sector >> 24 & 15)));
}

static void set_up_master(const struct channel *channel, const struct block_request *request)
{
	for (uint32_t i = 0; i < request->segments; i++)
		channel->table[i] = (struct piece){
			.address = (uint32_t)request->segment[i].machine,
			.bytes = (uint16_t)(request->segment[i].sectors * SECTOR),
			.flags = i + 1 == request->segments ? LAST_PIECE : 0,
		};
	out32((uint16_t)(channel->master + MASTER_TABLE), frame_of(channel->table) << PAGE_SHIFT);
	out8((uint16_t)(channel->master + MASTER_COMMAND), request->operation == BLOCK_READ ? MASTER_TO_MEMORY : 0);
	out8((uint16_t)(channel->master + MASTER_STATUS), MASTER_FAILED | MASTER_INTERRUPT);
}

/* One sector by PIO, to or from where the transfer has come to. */
static void move_sector(struct channel *channel, const struct block_request *request)
{
	const struct block_segment *segment = &request->segment[channel->piece];
	char *data = segment->data + channel->done * SECTOR;

	if (request->operation == BLOCK_READ)
		in16_string((uint16_t)(channel->ports + DATA), data, SECTOR / 2);
	else
		out16_string((uint16_t)(channel->ports + DATA), data, SECTOR / 2);
	if (++channel->done == segment->sectors) {
		channel->piece++;
		channel->done = 0;
	}
}

static void reset(const struct channel *channel)
{
	if (channel->master)
		out8((uint16_t)(channel->master + MASTER_COMMAND), 0);
	out8(channel->control, CONTROL_RESET | CONTROL_NO_INTERRUPT);
	peek(channel); /* takes longer than the 5 us for which the bit has to stand */
	out8(channel->control, 0);
	poll(channel, STATUS_BUSY, 0);
}

/* Gives the drive its command; false where it is not ready for one. */
static bool command(struct channel *channel)
{
	const struct drive *drive = channel->active;
	const struct block_request *request = drive->queue.running;
	bool long_form = is_long(drive, request), dma = by_dma(channel);

	put(channel, DEVICE, (uint8_t)(DEVICE_LBA | (drive->second ? DEVICE_SECOND : 0)));
	if (!poll(channel, STATUS_BUSY | STATUS_DATA, 0))
		return false;
	channel->piece = channel->done = 0;
	if (request->operation != BLOCK_FLUSH)
		put_address(channel, request, long_form);
	if (dma)
		set_up_master(channel, request);
	put(channel, COMMAND, dma ? transfers[request->operation].dma[long_form] : transfers[request->operation].pio[long_form]);
	if (dma) {
		uint8_t direction = request->operation == BLOCK_READ ? MASTER_TO_MEMORY : 0;

		out8((uint16_t)(channel->master + MASTER_COMMAND), direction | MASTER_START);
	} else if (request->operation == BLOCK_WRITE) { /* the first sector goes without an interrupt */
		if (!poll(channel, STATUS_BUSY | STATUS_DATA, STATUS_DATA))
			return false;
		move_sector(channel, request);
	}
	timer_set(&channel->timer, system_time() + PATIENCE);
	return true;
}

static void finish(struct channel *channel, int error);

static void try_command(struct channel *channel)
{
	while (!command(channel)) {
		reset(channel);
		if (++channel->tries == TRIES) {
			finish(channel, -EIO);
			return;
		}
	}
}

/* Begins what one of the two drives has waiting, the other one's first. */
static void start_next(struct channel *channel, bool after_second)
{
	for (int i = 0; i < 2 && !channel->active; i++) {
		struct drive *drive = &channel->drives[after_second ? i : !i];

		if (!drive->next)
			continue;
		drive->next = NULL;
		channel->active = drive;
		channel->tries = 0;
		try_command(channel);
	}
}

static void finish(struct channel *channel, int error)
{
	struct drive *drive = channel->active;

	timer_cancel(&channel->timer);
	if (error)
		print("%s: sector %u: error %d\n", drive->device.name, (uint32_t)drive->queue.running->sector, error);
	channel->active = NULL;
	block_queue_finished(&drive->queue, error);
	start_next(channel, drive->second);
}

static void start(struct block_queue *queue, struct block_request *request)
{
	struct drive *drive = CONTAINER(queue, struct drive, queue);

	drive->next = request;
	start_next(drive->channel, drive->second);
}

static void submit(struct block_device *device, struct block_request *request)
{
	struct drive *drive = CONTAINER(device, struct drive, device);

	block_queue_add(&drive->queue, request);
}

/* --- answers --- */

static void try_again(struct channel *channel)
{
	if (++channel->tries == TRIES)
		finish(channel, -EIO);
	else
		try_command(channel);
}

/* Stops the bus master; whether all is where it should be. */
static bool master_succeeded(const struct channel *channel)
{
	uint8_t status = in8((uint16_t)(channel->master + MASTER_STATUS));

	out8((uint16_t)(channel->master + MASTER_COMMAND), 0);
	out8((uint16_t)(channel->master + MASTER_STATUS), MASTER_FAILED | MASTER_INTERRUPT);
	return !(status & MASTER_FAILED);
}

/* The line of a channel. Not ours, where it does not wait for anything or its bus master has not seen the drive's interrupt. */
static void channel_event(void *argument)
{
	struct channel *channel = argument;
	const struct block_request *request;
	bool dma, fine = true;
	uint8_t status;

	if (!channel->active)
		return;
	dma = by_dma(channel);
	if (dma && !(in8((uint16_t)(channel->master + MASTER_STATUS)) & MASTER_INTERRUPT))
		return;
	if (dma)
		fine = master_succeeded(channel);
	status = get(channel, STATUS); /* which takes the interrupt away */
	if (status & STATUS_BUSY)
		return;
	request = channel->active->queue.running;
	if (!fine || status & (STATUS_ERROR | STATUS_FAULT)) {
		try_again(channel);
		return;
	}
	if (!dma && request->operation != BLOCK_FLUSH) {
		if (status & STATUS_DATA)
			move_sector(channel, request);
		if (status & STATUS_DATA && (channel->piece < request->segments || request->operation == BLOCK_WRITE)) {
			timer_set(&channel->timer, system_time() + PATIENCE);
			return;
		}
	}
	finish(channel, 0);
}

static void reset_and_try(struct work *work)
{
	struct channel *channel = CONTAINER(work, struct channel, again);

	if (!channel->active)
		return;
	print("%s: no answer; the channel is reset\n", channel->active->device.name);
	reset(channel);
	try_again(channel);
}

static void no_answer(struct timer *timer)
{
	work_queue(&CONTAINER(timer, struct channel, timer)->again);
}

/* --- at boot --- */

/* Words of what IDENTIFY DEVICE gives (ATA/ATAPI-6, 8.15.8). */
enum { WORD_CAPABILITIES = 49, WORD_SECTORS = 60, WORD_MULTIWORD = 63, WORD_SETS = 83, WORD_ULTRA = 88, WORD_SECTORS_48 = 100 };

/* Gives a command without data and waits for its end; for the boot, when interrupts are still off. */
static bool simple_command(const struct channel *channel, uint8_t feature, uint8_t count, uint8_t code)
{
	put(channel, FEATURES, feature);
	put(channel, COUNT_, count);
	put(channel, COMMAND, code);
	return poll(channel, STATUS_BUSY, 0) && !(get(channel, STATUS) & (STATUS_ERROR | STATUS_FAULT));
}

static bool identify(const struct channel *channel, bool second, uint16_t *words)
{
	uint8_t status;

	put(channel, DEVICE, (uint8_t)(DEVICE_LBA | (second ? DEVICE_SECOND : 0)));
	status = peek(channel);
	if (status == 0 || status == 0xff || !poll(channel, STATUS_BUSY, 0))
		return false;
	put(channel, COMMAND, COMMAND_IDENTIFY);
	if (!poll(channel, STATUS_BUSY, 0) || (get(channel, STATUS) & (STATUS_ERROR | STATUS_DATA)) != STATUS_DATA)
		return false; /* nobody, or a drive of packets */
	in16_string((uint16_t)(channel->ports + DATA), words, 256);
	return true;
}

static uint32_t highest_bit(uint32_t value)
{
	return 31 - (uint32_t)__builtin_clz(value);
}

/* Sets the fastest mode of DMA that the drive has; whether it has one. */
static bool set_mode(const struct channel *channel, const uint16_t *words)
{
	uint32_t ultra = words[WORD_ULTRA] & 0x3f, multiword = words[WORD_MULTIWORD] & 7;

	if (!channel->master || (!ultra && !multiword))
		return false;
	return simple_command(channel, FEATURE_TRANSFER_MODE, (uint8_t)(ultra ? 0x40 | highest_bit(ultra) : 0x20 | highest_bit(multiword)),
			      COMMAND_SET_FEATURES);
}

static void add_drive(struct channel *channel, uint32_t number, bool second)
{
	struct drive *drive = &channel->drives[second];
	uint16_t *words = page_allocate();

	if (!words || !identify(channel, second, words)) {
		page_release(words);
		return;
	}
	drive->there = true;
	drive->channel = channel;
	drive->second = second;
	drive->lba48 = words[WORD_SETS] & 1 << 10;
	drive->device.sectors = words[WORD_SECTORS] | (uint32_t)words[WORD_SECTORS + 1] << 16;
	if (drive->lba48)
		drive->device.sectors = words[WORD_SECTORS_48] | (uint64_t)words[WORD_SECTORS_48 + 1] << 16 |
					(uint64_t)words[WORD_SECTORS_48 + 2] << 32;
	drive->dma = words[WORD_CAPABILITIES] & 1 << 8 && set_mode(channel, words);
	drive->device.has_cache = simple_command(channel, FEATURE_WRITE_CACHE, 0, COMMAND_SET_FEATURES);
	memcpy(drive->device.name, names[number][second], 4);
	drive->device.number = DEVICE_NUMBER(number ? 22 : 3, second ? 64 : 0);
	drive->device.submit = submit;
	block_queue_init(&drive->queue, drive->device.number, start);
	page_release(words);
}

/* Drives answer with their interrupts off; then they are let on, and the disks are there. */
static void start_channel(struct channel *channel, uint32_t number)
{
	int error;

	channel->timer.expired = no_answer;
	channel->again.run = reset_and_try;
	out8(channel->control, CONTROL_NO_INTERRUPT);
	for (int second = 0; second < 2; second++)
		add_drive(channel, number, second);
	if (!channel->drives[0].there && !channel->drives[1].there)
		return;
	error = interrupt_bind(channel->line, false, channel_event, channel);
	if (error < 0) {
		print("ide: interrupt line %u: error %d\n", channel->line, error);
		return;
	}
	out8(channel->control, 0);
	for (int second = 0; second < 2; second++)
		if (channel->drives[second].there)
			block_add(&channel->drives[second].device);
}

/* The bus masters of a controller that is at a PC's usual ports. `ide=pio` does without. */
static void find_masters(const struct pci_function *function)
{
	const char *mode = option("ide");
	uint16_t ports = pci_port(function, 4);

	if (!ports || (mode && !strcmp(mode, "pio")))
		return;
	pci_write(function, PCI_COMMAND, (pci_read(function, PCI_COMMAND) & 0xffff) | PCI_COMMAND_IO | PCI_COMMAND_MASTER);
	for (uint32_t i = 0; i < COUNT(channels); i++) {
		channels[i].table = page_allocate();
		if (channels[i].table)
			channels[i].master = (uint16_t)(ports + 8 * i);
	}
}

/*
 * A driver domain that was given the first channel's ports and its line has no bus to find them on, and no master. Whoever had the channel
 * before may have died in the middle of a command: its drives begin anew.
 */
static void take_over(struct channel *channel, uint32_t number)
{
	reset(channel);
	start_channel(channel, number);
}

static void ide_start(void)
{
	struct pci_function function = { .vendor = 0 };

	if (!is_domain_0() && option("ide"))
		take_over(&channels[0], 0);
	while (pci_next(&function)) {
		if (function.class_code >> 8 != 0x0101)
			continue;
		find_masters(&function);
		for (uint32_t i = 0; i < COUNT(channels); i++)
			start_channel(&channels[i], i);
		return;
	}
}
DRIVER(5, ide_start);
