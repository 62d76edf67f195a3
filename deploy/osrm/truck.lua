-- A waste collection truck on OSRM's own car profile: its size, its access rights, its speeds by class of road.
-- Measures: 3.8 m high, 2.55 m wide, 10.5 m long, 26 t loaded, the common three-axle French collection truck;
-- change them to the largest of the fleet before osrm-extract. Speeds: what such a truck keeps on each class,
-- below the legal 80 and 90 km/h (Code de la route, R413-8); assumptions, to be measured against driven rounds.
local car = require('car')

local function setup()
  local profile = car.setup()
  profile.vehicle_height = 3.8
  profile.vehicle_width = 2.55
  profile.vehicle_length = 10.5
  profile.vehicle_weight = 26000
  profile.vehicle_max_speed = 80

  profile.access_tags_hierarchy = Sequence { 'hgv', 'goods', 'motor_vehicle', 'vehicle', 'access' }
  profile.restrictions = Sequence { 'hgv', 'motor_vehicle', 'vehicle' }
  -- What is closed to through traffic is open to whoever collects there.
  profile.access_tag_whitelist['destination'] = true
  profile.access_tag_whitelist['delivery'] = true
  profile.access_tag_blacklist['destination'] = nil
  profile.access_tag_blacklist['delivery'] = nil

  profile.speeds = Sequence {
    highway = {
      motorway       = 80,
      motorway_link  = 40,
      trunk          = 75,
      trunk_link     = 35,
      primary        = 58,
      primary_link   = 28,
      secondary      = 50,
      secondary_link = 24,
      tertiary       = 38,
      tertiary_link  = 18,
      unclassified   = 28,
      residential    = 20,
      living_street  = 8,
      service        = 10
    }
  }
  -- A truck does not turn round in the road as a car does.
  profile.properties.u_turn_penalty = 60
  profile.turn_penalty = 10
  return profile
end

return {
  setup = setup,
  process_way = car.process_way,
  process_node = car.process_node,
  process_turn = car.process_turn
}
